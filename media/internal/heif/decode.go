package heif

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

//go:embed avif.wasm.zst
var avifDecoder []byte

//go:embed heic.wasm.zst
var heicDecoder []byte

// decoder is a program that decodes. It is compiled for the machine when it is
// first used, which takes half a second, and kept.
type decoder struct {
	packed []byte

	once    sync.Once
	runtime wazero.Runtime
	code    wazero.CompiledModule
	err     error
}

var decoders = [...]*decoder{
	AV1:  {packed: avifDecoder},
	HEVC: {packed: heicDecoder},
}

// unpack returns the program as its authors published it.
func (d *decoder) unpack() ([]byte, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return z.DecodeAll(d.packed, nil)
}

func (d *decoder) compile() error {
	wasm, err := d.unpack()
	if err != nil {
		return err
	}
	if wasm, err = metered(wasm); err != nil {
		return err
	}
	ctx := context.Background()
	d.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithDebugInfoEnabled(false))
	if err := host(ctx, d.runtime); err != nil {
		return err
	}
	d.code, err = d.runtime.CompileModule(ctx, wasm)
	return err
}

// run gives f a running decoder and where in its memory the file lies. It may use
// so much memory and work as pictures need that have so many pixels, and then fails.
func (d *decoder) run(file []byte, info *Info, f func(in *instance, file uint32) error) error {
	if d.once.Do(func() { d.err = d.compile() }); d.err != nil {
		return fmt.Errorf("the decoder cannot run here: %w", d.err)
	}
	most := Memory(info.Codec, info.pixels(), info.Depth) + 2*int64(len(file))
	ctx := experimental.WithMemoryAllocator(context.Background(), bounded(most))
	m, err := d.runtime.InstantiateModule(ctx, d.code, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return err
	}
	defer m.Close(ctx)
	m.ExportedGlobal(fuel).(api.MutableGlobal).Set(uint64(work(info.pixels())))
	in := &instance{ctx, m}
	if _, err := in.call("_initialize"); err != nil {
		return err
	}
	p, err := in.alloc(len(file))
	if err != nil {
		return err
	}
	if !in.Memory().Write(p, file) {
		return errMemory
	}
	return f(in, p)
}

// bounded is how many bytes of memory a decoder may have.
type bounded int64

// Allocate gives out all of them at once, so that they are never moved: what is not
// touched costs nothing.
func (b bounded) Allocate(_, _ uint64) experimental.LinearMemory {
	return &memory{make([]byte, 0, b)}
}

type memory struct{ b []byte }

// Reallocate returns the memory grown to so many bytes, nil where that is too much.
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.b)) {
		return nil
	}
	m.b = m.b[:size]
	return m.b
}

func (m *memory) Free() { m.b = nil }

// host gives the program the functions of the system that it was linked with
// (WASI preview 1). It sees no file, no variable and no clock: all of them fail.
func host(ctx context.Context, rt wazero.Runtime) error {
	const badf = 8
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	b := rt.NewHostModuleBuilder("wasi_snapshot_preview1")
	answer := func(name string, errno uint64, params ...api.ValueType) {
		f := api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = errno })
		b.NewFunctionBuilder().WithGoModuleFunction(f, params, []api.ValueType{i32}).Export(name)
	}
	answer("fd_close", badf, i32)
	answer("fd_fdstat_get", badf, i32, i32)
	answer("fd_prestat_get", badf, i32, i32)
	answer("fd_prestat_dir_name", badf, i32, i32, i32)
	answer("fd_read", badf, i32, i32, i32, i32)
	answer("fd_seek", badf, i32, i64, i32, i32)
	answer("fd_write", badf, i32, i32, i32, i32)
	answer("environ_get", 0, i32, i32)
	none := api.GoModuleFunc(func(_ context.Context, m api.Module, stack []uint64) {
		// How many variables there are, and their length.
		m.Memory().WriteUint32Le(uint32(stack[0]), 0)
		m.Memory().WriteUint32Le(uint32(stack[1]), 0)
		stack[0] = 0
	})
	b.NewFunctionBuilder().WithGoModuleFunction(none, []api.ValueType{i32, i32}, []api.ValueType{i32}).Export("environ_sizes_get")
	exit := api.GoModuleFunc(func(context.Context, api.Module, []uint64) { panic(errExit) })
	b.NewFunctionBuilder().WithGoModuleFunction(exit, []api.ValueType{i32}, nil).Export("proc_exit")
	_, err := b.Instantiate(ctx)
	return err
}

var (
	errExit   = errors.New("the decoder gave up")
	errRefuse = errors.New("the decoder refused it")
	errMemory = errors.New("the decoder ran out of memory")
)

// instance is a running decoder.
type instance struct {
	ctx context.Context
	api.Module
}

func (in *instance) call(name string, args ...uint64) (uint64, error) {
	out, err := in.ExportedFunction(name).Call(in.ctx, args...)
	if err != nil || len(out) == 0 {
		return 0, err
	}
	return out[0], nil
}

// alloc returns an address of n bytes.
func (in *instance) alloc(n int) (uint32, error) {
	p, err := in.call("malloc", uint64(n))
	if err == nil && p == 0 {
		err = errMemory
	}
	return uint32(p), err
}

// take copies n bytes out of it.
func (in *instance) take(p uint32, n int) ([]byte, error) {
	b, ok := in.Memory().Read(p, uint32(n))
	if !ok {
		return nil, errMemory
	}
	return bytes.Clone(b), nil
}

// numbers reads n numbers of 32 bits.
func (in *instance) numbers(p uint32, n int) ([]uint32, error) {
	b, err := in.take(p, 4*n)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out, nil
}

// Memory is about how many bytes it takes at most to decode so many pixels of so
// many bits a sample. A decoder that wants more fails.
func Memory(c Codec, pixels int64, depth int) int64 {
	per := int64(32)
	switch {
	case c == HEVC:
		per = 20
	case depth > 8:
		per = 64
	}
	return 32<<20 + per*pixels
}

// work is how many turns of loops decoding may take: some ten times what noise
// takes that is kept without loss.
func work(pixels int64) int64 { return 50_000_000 + 2000*pixels }

func (info *Info) pixels() int64 { return int64(info.Width) * int64(info.Height) }

// Decode returns the pixels of a file, which is b, before they are cropped and
// turned; of an animation the first frame. They have eight bits a sample, as
// *image.Gray, *image.YCbCr, *image.RGBA, *image.NRGBA or *image.NYCbCrA.
func Decode(b []byte, info Info) (m image.Image, err error) {
	defer func() {
		// The runtime passes on what a decoder stumbles over as errors; should it
		// stumble itself, it is still this picture alone that is at fault.
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	if info.Codec == AV1 {
		return info.av1(b)
	}
	m, err = info.hevc(b, info.primary)
	if err != nil || !info.Alpha {
		return m, err
	}
	// Its decoder knows nothing of alpha, which is a picture of its own. One that
	// cannot be read leaves the colours, which say more.
	alpha, err := info.hevc(b, info.alpha)
	if err != nil {
		return m, nil
	}
	return withAlpha(m, alpha), nil
}

// av1 calls
//
//	int decode(uint8_t *in, int in_size, int config_only, int all, uint32_t *width, uint32_t *height,
//	    uint32_t *depth, uint32_t *count, double *delay, uint8_t *out)
//
// which returns 0 where it fails.
func (info *Info) av1(b []byte) (m image.Image, err error) {
	err = decoders[AV1].run(b, info, func(in *instance, src uint32) error {
		ret, err := in.alloc(24)
		if err != nil {
			return err
		}
		decode := func(configOnly uint64, out uint32) ([]uint32, error) {
			r := uint64(ret)
			ok, err := in.call("decode", uint64(src), uint64(len(b)), configOnly, 0, r, r+4, r+8, r+12, r+16, uint64(out))
			if err != nil {
				return nil, err
			}
			if ok == 0 {
				return nil, errRefuse
			}
			return in.numbers(ret, 4)
		}
		said, err := decode(1, 0)
		if err != nil {
			return err
		}
		w, h, deep := int(said[0]), int(said[1]), said[2] > 8
		if w != info.Width || h != info.Height {
			return errDamaged
		}
		size := 4 * w * h
		if deep {
			size *= 2
		}
		out, err := in.alloc(size)
		if err != nil {
			return err
		}
		if said, err = decode(0, out); err != nil {
			return err
		}
		if int(said[0]) != w || int(said[1]) != h || (said[2] > 8) != deep {
			return errDamaged
		}
		pix, err := in.take(out, size)
		if err != nil {
			return err
		}
		if deep {
			for i := range pix[:len(pix)/2] {
				pix[i] = pix[2*i+1] // the upper byte
			}
			pix = pix[:len(pix)/2]
		}
		r := image.Rect(0, 0, w, h)
		if info.Gray && !info.Alpha {
			for i := range pix[:w*h] {
				pix[i] = pix[4*i]
			}
			m = &image.Gray{Pix: pix[:w*h], Stride: w, Rect: r}
			return nil
		}
		m = &image.RGBA{Pix: pix, Stride: 4 * w, Rect: r}
		return nil
	})
	return m, err
}

// Colour spaces and ways of subsampling as libheif numbers them.
const (
	spaceYCbCr = 0
	spaceRGB   = 1
	spaceGray  = 2
	chroma420  = 1
	chroma422  = 2
	chroma444  = 3
)

// hevc calls
//
//	int decode(uint8_t *in, int in_size, int config_only, uint32_t *width, uint32_t *height,
//	    uint32_t *colorspace, uint32_t *chroma, uint32_t *premultiplied, uint8_t *out)
//
// which returns 0 where it fails. It decodes the primary item: the file is changed
// so that item is that.
func (info *Info) hevc(b []byte, item uint32) (m image.Image, err error) {
	err = decoders[HEVC].run(b, info, func(in *instance, src uint32) error {
		number := binary.BigEndian.AppendUint32(nil, item)
		if !info.pitmWide {
			number = number[2:]
		}
		if !in.Memory().Write(src+uint32(info.pitm), number) {
			return errDamaged
		}
		ret, err := in.alloc(20)
		if err != nil {
			return err
		}
		decode := func(configOnly uint64, out uint32) ([]uint32, error) {
			r := uint64(ret)
			ok, err := in.call("decode", uint64(src), uint64(len(b)), configOnly, r, r+4, r+8, r+12, r+16, uint64(out))
			if err != nil {
				return nil, err
			}
			if ok == 0 {
				return nil, errRefuse
			}
			return in.numbers(ret, 5)
		}
		said, err := decode(1, 0)
		if err != nil {
			return err
		}
		w, h, space, chroma := int(said[0]), int(said[1]), said[2], said[3]
		if w != info.Width || h != info.Height {
			return errDamaged
		}
		p := newPlanes(w, h, space, chroma)
		if p == nil {
			return ErrUnsupported
		}
		out, err := in.alloc(p.size)
		if err != nil {
			return err
		}
		if said, err = decode(0, out); err != nil {
			return err
		}
		if int(said[0]) != w || int(said[1]) != h || said[2] != space || said[3] != chroma {
			return errDamaged
		}
		pix, err := in.take(out, p.size)
		if err != nil {
			return err
		}
		m = info.standard(p.image(pix, said[4] != 0))
		return nil
	})
	return m, err
}

// planes is how libheif lays pixels out, plane after plane.
type planes struct {
	rect           image.Rectangle
	space          uint32
	ratio          image.YCbCrSubsampleRatio
	stride, colour int // bytes of a row, and of one of colour
	gray           int // bytes of the first plane
	size           int // bytes of all
}

func newPlanes(w, h int, space, chroma uint32) *planes {
	p := &planes{rect: image.Rect(0, 0, w, h), space: space}
	cw, ch := w, h
	switch p.space {
	case spaceRGB:
		p.stride = stride(w, 4)
		p.size = p.stride * h
		return p
	case spaceGray:
		p.stride = stride(w, 1)
		p.size = p.stride * h
		return p
	case spaceYCbCr:
		switch chroma {
		case chroma420:
			p.ratio, cw, ch = image.YCbCrSubsampleRatio420, (w+1)/2, (h+1)/2
		case chroma422:
			p.ratio, cw = image.YCbCrSubsampleRatio422, (w+1)/2
		case chroma444:
			p.ratio = image.YCbCrSubsampleRatio444
		default:
			return nil
		}
	default:
		return nil
	}
	p.stride, p.colour = stride(w, 1), stride(cw, 1)
	p.gray = p.stride * h
	p.size = p.gray + 2*p.colour*ch
	return p
}

// stride is how many bytes libheif gives a row: room for an even number of
// pixels, at least 64, and a multiple of 16.
func stride(w, bytes int) int { return (max((w+1)&^1, 64)*bytes + 15) &^ 15 }

func (p *planes) image(pix []byte, premultiplied bool) image.Image {
	switch {
	case p.space == spaceGray:
		return &image.Gray{Pix: pix, Stride: p.stride, Rect: p.rect}
	case p.space == spaceYCbCr:
		end := p.gray + (p.size-p.gray)/2
		return &image.YCbCr{
			Y: pix[:p.gray:p.gray], Cb: pix[p.gray:end:end], Cr: pix[end:],
			YStride: p.stride, CStride: p.colour, SubsampleRatio: p.ratio, Rect: p.rect,
		}
	case premultiplied:
		return &image.RGBA{Pix: pix, Stride: p.stride, Rect: p.rect}
	default:
		return &image.NRGBA{Pix: pix, Stride: p.stride, Rect: p.rect}
	}
}
