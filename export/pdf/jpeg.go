package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/leporello-press/leporello/internal/pdfobj"
	"github.com/leporello-press/leporello/media"
)

// jpegInfo is what the markers of a JPEG file say (ITU T.81).
type jpegInfo struct {
	width, height int // as stored
	components    int
	adobe         bool // has an Adobe marker; its CMYK is inverted
	rgb           bool // three components that are not YCbCr, and no marker says so
	icc           []byte
}

// jpeg embeds a JPEG file as it is.
func (p *pictures) jpeg(pic *picture, a media.Asset, f media.File) error {
	info, err := readJPEG(f)
	if err != nil {
		return err
	}
	image := imageDict(info.width, info.height, p.space(info.components, info.icc), 8)
	image = append(image, kv("Filter", name("DCTDecode")))
	if info.rgb {
		image = append(image, kv("DecodeParms", dict{kv("ColorTransform", num(0))}))
	}
	if info.components == 4 {
		p.doc.claims.deny(claimA, "a picture has CMYK colours without a profile")
		if info.adobe {
			image = append(image, kv("Decode", array{num(1), num(0), num(1), num(0), num(1), num(0), num(1), num(0)}))
		}
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	pic.ref = p.doc.w.Reserve()
	pic.orientation = a.Orientation
	p.doc.w.PutFrom(pic.ref, image, f, size, a.Key)
	return nil
}

// space returns the colour space of a picture: its own profile where it has a
// sound one, so that wide gamuts look as they should.
func (p *pictures) space(components int, icc []byte) pdfobj.Object {
	device := map[int]name{1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}[components]
	if !soundProfile(icc, components) {
		return device
	}
	sum := sha256.Sum256(icc)
	ref, ok := p.icc[sum]
	if !ok {
		ref = p.doc.w.Stream(dict{kv("N", num(components)), kv("Alternate", device)}, icc)
		if p.icc == nil {
			p.icc = map[[32]byte]pdfobj.Ref{}
		}
		p.icc[sum] = ref
	}
	return array{name("ICCBased"), ref}
}

// soundProfile tells whether an ICC profile is one that PDF 1.7 allows for a
// picture of so many components (§8.6.5.5).
func soundProfile(b []byte, components int) bool {
	if len(b) < 132 || binary.BigEndian.Uint32(b) != uint32(len(b)) || string(b[36:40]) != "acsp" {
		return false
	}
	if version := b[8]; version != 2 && version != 4 {
		return false
	}
	switch string(b[12:16]) {
	case "scnr", "mntr", "spac":
	default:
		return false
	}
	space := map[int]string{1: "GRAY", 3: "RGB "}[components]
	if space == "" || string(b[16:20]) != space {
		return false
	}
	tags := int(binary.BigEndian.Uint32(b[128:]))
	if tags < 1 || tags > 100 || len(b) < 132+12*tags {
		return false
	}
	for i := range tags {
		t := b[132+12*i:]
		off, n := int64(binary.BigEndian.Uint32(t[4:])), int64(binary.BigEndian.Uint32(t[8:]))
		if off+n > int64(len(b)) {
			return false
		}
	}
	return true
}

// Bounds of what is read of a JPEG's head.
const (
	maxSegments = 2000
	maxProfile  = 4 << 20 // bytes of an ICC profile
)

// readJPEG reads the markers up to the first scan.
func readJPEG(f io.ReaderAt) (jpegInfo, error) {
	var info jpegInfo
	if b, err := readAt(f, 0, 2); err != nil || b[0] != 0xFF || b[1] != 0xD8 {
		return info, errors.New("not a JPEG file")
	}
	var ids [4]byte
	var jfif bool
	var chunks [256][]byte
	profile, total := 0, 0
	off := int64(2)
	for range maxSegments {
		head, err := readAt(f, off, 4)
		if err != nil {
			return info, fmt.Errorf("JPEG ends in its head: %w", err)
		}
		if head[0] != 0xFF {
			return info, errors.New("JPEG: no marker where one belongs")
		}
		marker := head[1]
		if marker == 0xFF { // fill
			off++
			continue
		}
		n := int(head[2])<<8 | int(head[3])
		if n < 2 {
			return info, errors.New("JPEG: a segment without length")
		}
		var body []byte
		switch {
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC,
			marker == 0xE0, marker == 0xE2, marker == 0xEE:
			if body, err = readAt(f, off+4, n-2); err != nil {
				return info, fmt.Errorf("JPEG ends in its head: %w", err)
			}
		}
		switch marker {
		case 0xC0, 0xC1, 0xC2:
			if len(body) < 6 || body[0] != 8 {
				return info, errors.New("JPEG: not eight bits a sample")
			}
			info.height = int(body[1])<<8 | int(body[2])
			info.width = int(body[3])<<8 | int(body[4])
			info.components = int(body[5])
			if len(body) < 6+3*info.components || info.width == 0 || info.height == 0 {
				return info, errors.New("JPEG: a frame without extent")
			}
			switch info.components {
			case 1, 3, 4:
			default:
				return info, fmt.Errorf("JPEG: %d components", info.components)
			}
			for i := range info.components {
				ids[i] = body[6+3*i]
			}
		case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF:
			return info, errors.New("JPEG: lossless, hierarchical or arithmetic coding")
		case 0xE0:
			jfif = jfif || bytes.HasPrefix(body, []byte("JFIF\x00"))
		case 0xEE:
			if len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")) {
				info.adobe = true
			}
		case 0xE2:
			const sign = "ICC_PROFILE\x00"
			if len(body) > len(sign)+2 && string(body[:len(sign)]) == sign {
				total += len(body)
				if seq := body[len(sign)]; total <= maxProfile && chunks[seq] == nil {
					chunks[seq] = body[len(sign)+2:]
					profile = int(body[len(sign)+1])
				}
			}
		case 0xD9, 0xDA:
			if info.width == 0 || marker == 0xD9 {
				return info, errors.New("JPEG without a picture")
			}
			// As libjpeg guesses: without a marker, components named R, G, B are not
			// YCbCr; PDF readers would take them for it.
			info.rgb = info.components == 3 && !info.adobe && !jfif && ids == [4]byte{'R', 'G', 'B'}
			for i := 1; i <= profile; i++ {
				if chunks[i] == nil {
					info.icc = nil
					break
				}
				info.icc = append(info.icc, chunks[i]...)
			}
			return info, nil
		}
		off += int64(2 + n)
	}
	return info, errors.New("JPEG: too many segments")
}
