#!/usr/bin/env bash
# Makes the embedded fonts in noto/ anew from the packages they come from.
#
# Needs Go, apt-get and dpkg-deb (Debian 12), npm, hb-subset 6.0.0 (libharfbuzz-bin) and
# zstd 1.5.4; other versions of the last two may write other bytes, which the check
# against noto/SHA256SUMS at the end tells. Takes a minute. Run it with --update
# to accept new results.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Sources: exact versions, checked against noto/SOURCES.
apt-get download -qq \
	fonts-noto-cjk=1:20220127+repack1-1 \
	fonts-noto-core=20201225-1 2>/dev/null
# Debian has only the colour emoji; the outline design is on npm.
npm pack --silent @expo-google-fonts/noto-emoji@0.4.7 >/dev/null
mv fonts-noto-cjk_*.deb cjk.deb
mv fonts-noto-core_*.deb core.deb
mv expo-google-fonts-noto-emoji-*.tgz emoji.tgz
sha256sum -c --quiet "$here/noto/SOURCES"
dpkg-deb -x cjk.deb src
dpkg-deb -x core.deb src
tar -xzf emoji.tgz -C src
cjk=src/usr/share/fonts/opentype/noto
core=src/usr/share/fonts/truetype/noto
mkdir out
(cd "$here" && go build -tags nofonts,fontpack -o "$work/pack" ./internal/pack)

# press NAME: writes out/NAME.zst, a frame for each of the parts.
press() {
	for p in parts/*; do
		zstd -q --ultra -22 --single-thread --no-check "$p" -o "$p.zst"
	done
	mkdir -p "$(dirname "out/$1")"
	cat parts/*.zst >"out/$1.zst"
	rm -r parts
}

# The CJK faces: face 2 of each collection (SC) with all features, so that locl gives the
# forms of every region. The regular serif has all glyphs, the others those of common
# characters.
cjksubset() { # OUTPUT GLYPHS...
	hb-subset --font-file="$cjk/Noto${family}CJK-$weight.ttc" --face-index=2 --output-file="$1" \
		--no-hinting --desubroutinize "${@:2}" --layout-features='*' --name-IDs='*'
}
for family in Serif Sans; do
	for weight in Regular Bold; do
		name=Noto${family}CJKsc-$weight
		glyphs=(--unicodes-file=common)
		if [ $weight = Regular ]; then
			cjksubset $family-all.otf --unicodes='*' --gids='*'
		fi
		case $name in
		*-Bold) ./pack $family-all.otf -bold >common ;;
		*Sans*) ./pack $family-all.otf -sans Serif-all.otf >common ;;
		*) glyphs=(--unicodes='*' --gids='*') ;;
		esac
		cjksubset "$name.otf" "${glyphs[@]}"
		mkdir parts
		./pack "$name.otf" parts
		press "$name.packed"
	done
done

# The companions: Latin, Greek and Cyrillic with the punctuation that goes with them.
latin=0000-058F,1AB0-1AFF,1C80-1C8F,1D00-1FFF,2000-214F,2150-218F,2190-22FF,25CA-25CC
latin+=,2C60-2C7F,2DE0-2E7F,A640-A69F,A700-A7FF,AB30-AB6F,FB00-FB06,FE00-FE0F,FE20-FE2F,FFFC-FFFD
features=kern,mark,mkmk,ccmp,locl,rlig,liga,clig,calt,case,sups,subs,sinf,ordn,onum,lnum,pnum,tnum,frac,numr,dnom,zero
for family in NotoSans NotoSerif; do
	for style in Regular Bold Italic BoldItalic; do
		name=$family-$style.ttf
		hb-subset --font-file="$core/$name" --output-file="$name" --no-hinting \
			--unicodes="$latin" --layout-features="$features" --name-IDs='*'
		mkdir parts
		mv "$name" parts/
		press "$name"
	done
done

# Symbols: mathematics, dingbats and so on, and emoji in outlines.
for name in NotoSansMath-Regular NotoSansSymbols-Regular NotoSansSymbols2-Regular; do
	hb-subset --font-file="$core/$name.ttf" --output-file="$name.ttf" --no-hinting \
		--unicodes='*' --gids='*' --layout-features='*' --name-IDs='*' --drop-tables+=MATH
	mkdir parts
	mv "$name.ttf" parts/
	press "$name.ttf"
done
hb-subset --font-file=src/package/400Regular/NotoEmoji_400Regular.ttf --output-file=NotoEmoji-Regular.ttf \
	--no-hinting --unicodes='*' --gids='*' --layout-features='*' --name-IDs='*'
mkdir parts
mv NotoEmoji-Regular.ttf parts/
press NotoEmoji-Regular.ttf

# Other scripts, one design each: the names of scripts.go.
for name in $(grep -o 'Noto[A-Za-z]*-Regular' "$here/scripts.go"); do
	hb-subset --font-file="$core/$name.ttf" --output-file="$name.ttf" --no-hinting \
		--unicodes='*' --gids='*' --layout-features='*' --name-IDs='*'
	mkdir parts
	mv "$name.ttf" parts/
	press "scripts/$name.ttf"
done

cd out
if [ "${1-}" = --update ]; then
	sha256sum *.zst scripts/*.zst >"$here/noto/SHA256SUMS"
elif ! sha256sum -c --quiet "$here/noto/SHA256SUMS"; then
	echo "generate.sh: the results differ from noto/SHA256SUMS: versions of hb-subset or zstd?" >&2
	exit 1
fi
rm -rf "$here"/noto/*.zst "$here/noto/scripts"
cp -r . "$here/noto/"
