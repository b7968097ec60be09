package dtd

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	laughs := `<!ENTITY a0 "` + strings.Repeat("ha", 50) + `">`
	for i := range 12 {
		laughs += fmt.Sprintf(`<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	for _, tt := range []struct {
		name, text, want string
		left             int
	}{
		{"none", `<!DOCTYPE html><p>&x;</p>`, `<!DOCTYPE html><p>&x;</p>`, 0},
		{"text", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y z">]><a>&x;, &u;</a>`, `<?xml version="1.0"?><!DOCTYPE a ><a>y z, &u;</a>`, 0},
		{"within others", `<!DOCTYPE a [<!ENTITY x "(&y;)"><!ENTITY y '<b>1</b>'>]><a>&x;</a>`, `<!DOCTYPE a ><a>(<b>1</b>)</a>`, 0},
		{"the first of two counts", `<!DOCTYPE a [<!ENTITY x "1"><!ENTITY x "2">]>&x;`, `<!DOCTYPE a >1`, 0},
		{"in an attribute", `<!DOCTYPE a [<!ENTITY x '"<'>]><a b="&x;" c="&amp;">`, `<!DOCTYPE a ><a b="&quot;&lt;" c="&amp;">`, 0},
		{"not where markup is text", `<!DOCTYPE a [<!ENTITY x "1">]><![CDATA[&x;]]><!--&x;-->&x;`, `<!DOCTYPE a ><![CDATA[&x;]]><!--&x;-->1`, 0},
		{"brackets in quotes and comments", `<!DOCTYPE a PUBLIC "[" "]>" [<!--]>--><!ENTITY x "]>">]><a>&x;`, `<!DOCTYPE a PUBLIC "[" "]>" ><a>]>`, 0},
		{"not a declaration but a comment", `<!DOCTYPE a [<!--<!ENTITY x "1">-->]>&x;`, `<!DOCTYPE a >&x;`, 0},
		{"XML's own", `<!DOCTYPE a [<!ENTITY lt "1">]>&lt;`, `<!DOCTYPE a >&lt;`, 0},
		{"lines", "<!DOCTYPE a [\n<!ENTITY x \"1\n2\">\n]>\n&x;", "<!DOCTYPE a \n\n\n>\n1 2", 0},
		{"another file", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;">]>&x;&y;`, `<!DOCTYPE a >&x;&y;`, 2},
		{"itself", `<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]>&x;`, `<!DOCTYPE a >&x;`, 1},
		{"a billion", `<!DOCTYPE a [` + laughs + `]>&a12;&a0;`, `<!DOCTYPE a >&a12;` + strings.Repeat("ha", 50), 1},
		{"without an end", `<!DOCTYPE a [<!ENTITY x "1">`, `<!DOCTYPE a [<!ENTITY x "1">`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, left := Resolve([]byte(tt.text))
			if string(got) != tt.want || left != tt.left {
				t.Errorf("%s, %d left", got, left)
			}
		})
	}
	many, left := Resolve([]byte(`<!DOCTYPE a [<!ENTITY x "` + strings.Repeat("x", maxEntity) + `">]>` + strings.Repeat("&x;", 100)))
	if len(many) > 2*maxAll || left != 100-maxAll/maxEntity {
		t.Errorf("%d bytes, %d left", len(many), left)
	}
}

// What is declared makes a text larger by no more than its bound, and no line moves.
func FuzzResolve(f *testing.F) {
	f.Add(`<!DOCTYPE a [<!ENTITY x "1">]><a b="&x;">&x;`)
	f.Fuzz(func(t *testing.T, text string) {
		out, _ := Resolve([]byte(text))
		if len(out) > len(text)+6*maxAll || bytes.Count(out, []byte("\n")) != strings.Count(text, "\n") {
			t.Errorf("%q", out)
		}
	})
}
