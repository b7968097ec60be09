package pdfobj

import (
	"cmp"
	"errors"
)

// Tree writes a name tree (§7.9.6) or a number tree (§7.9.7) as its entries
// come, and remembers one number for each 64 of them.
type Tree[K cmp.Ordered] struct {
	w    *Writer
	kind Name // of the array in a leaf
	key  func(K) Object
	leaf Array
	low  K // first key of the leaf
	last K
	up   []node
}

// node is a part of a tree that is written.
type node struct {
	ref       Ref
	low, high Object
}

// maxKids is how many children a node of a tree has.
const maxKids = 64

var errOrder = errors.New("pdfobj: keys of a tree must ascend")

// NewNameTree begins a name tree. Keys are byte strings.
func NewNameTree(w *Writer) *Tree[string] {
	return &Tree[string]{w: w, kind: "Names", key: func(k string) Object { return Bytes(k) }}
}

// NewNumberTree begins a number tree.
func NewNumberTree(w *Writer) *Tree[int] {
	return &Tree[int]{w: w, kind: "Nums", key: func(k int) Object { return Int(k) }}
}

// Add appends an entry. Keys must ascend.
func (t *Tree[K]) Add(key K, value Object) {
	if (len(t.leaf) > 0 || len(t.up) > 0) && key <= t.last {
		t.w.fail(errOrder)
	}
	if len(t.leaf) == 2*maxKids {
		t.flush()
	}
	if len(t.leaf) == 0 {
		t.low = key
	}
	t.leaf = append(t.leaf, t.key(key), value)
	t.last = key
}

func (t *Tree[K]) flush() {
	low, high := t.key(t.low), t.key(t.last)
	ref := t.w.Add(Dict{{"Limits", Array{low, high}}, {t.kind, t.leaf}})
	t.up = append(t.up, node{ref, low, high})
	t.leaf = t.leaf[:0]
}

// Close writes what is left and returns the root; 0 where the tree is empty.
func (t *Tree[K]) Close() Ref {
	if len(t.up) == 0 {
		if len(t.leaf) == 0 {
			return 0
		}
		return t.w.Add(Dict{{t.kind, t.leaf}}) // a root has no limits
	}
	t.flush()
	level := t.up
	for len(level) > maxKids {
		var next []node
		for len(level) > 0 {
			group := level[:min(maxKids, len(level))]
			level = level[len(group):]
			low, high := group[0].low, group[len(group)-1].high
			ref := t.w.Add(Dict{{"Limits", Array{low, high}}, {"Kids", kids(group)}})
			next = append(next, node{ref, low, high})
		}
		level = next
	}
	return t.w.Add(Dict{{"Kids", kids(level)}})
}

func kids(group []node) Array {
	a := make(Array, len(group))
	for i, n := range group {
		a[i] = n.ref
	}
	return a
}
