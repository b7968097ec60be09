#!/usr/bin/env bash
# Checks PDF files with veraPDF and prints the rules that fail, one a line:
#
#   .ci/verapdf.sh FILE...
#
#   ua1  7.1-10  3 checks  MarkInfo dictionary is not present…
#
# Exit status: 0 no rule fails, 1 some do, 2 veraPDF does not run. FLAVOURS (by
# default "ua1 2a") names the profiles. veraPDF needs Java; Maven fetches it once
# into CACHE (by default ~/.cache/leporello-ci/verapdf).
set -euo pipefail

version=1.28.2
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/leporello-ci/verapdf}
flavours=${FLAVOURS:-ua1 2a}

[ $# -gt 0 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v java >/dev/null || { echo "verapdf.sh: java is not installed" >&2; exit 2; }

if [ ! -f "$cache/$version.classpath" ]; then
	command -v mvn >/dev/null || { echo "verapdf.sh: mvn is not installed" >&2; exit 2; }
	mkdir -p "$cache"
	mvn -q -B dependency:get -Dartifact=org.verapdf.apps:greenfield-apps:$version \
		-Dmaven.repo.local="$cache/m2" >&2 || exit 2
	find "$cache/m2/org/verapdf" "$cache/m2" -name '*.jar' \
		-not -path '*/org/apache/maven/*' -not -path '*/org/codehaus/*' | awk '!seen[$0]++' |
		paste -sd: >"$cache/$version.classpath.new"
	mv "$cache/$version.classpath.new" "$cache/$version.classpath"
fi
classpath=$(cat "$cache/$version.classpath")

failed=0
for file in "$@"; do
	[ -f "$file" ] || { echo "verapdf.sh: no file $file" >&2; exit 2; }
	for flavour in $flavours; do
		report=$(mktemp)
		# The exit status of veraPDF tells rules from trouble no better than its report.
		timeout "${TIMEOUT:-600}" java -Xmx2g -cp "$classpath" org.verapdf.apps.GreenfieldCliWrapper \
			--flavour "$flavour" --format xml --maxfailuresdisplayed 1 --loglevel 0 "$file" >"$report" || true
		if ! grep -q '<validationReport ' "$report"; then
			cat "$report" >&2
			echo "verapdf.sh: $file was not checked" >&2
			rm -f "$report"
			exit 2
		fi
		rules=$(tr '\n' ' ' <"$report" | sed 's/<rule /\n<rule /g' | grep '^<rule ' |
			sed -n "s/.*clause=\"\([^\"]*\)\" testNumber=\"\([^\"]*\)\" status=\"failed\"[^>]*failedChecks=\"\([^\"]*\)\".*<description>\([^<]*\)<.*/$flavour  \1-\2  \3 checks  \4/p" |
			sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g; s/  *$//') || true
		rm -f "$report"
		if [ -n "$rules" ]; then
			[ $# -eq 1 ] || echo "$file:"
			echo "$rules"
			failed=1
		fi
	done
done
exit $failed
