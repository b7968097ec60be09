package lang_test

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/source/lang"
)

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		"zh_CN": "zh-CN", "zh-cn": "zh-CN", "ZH-HANT-hk": "zh-Hant-HK", "en": "en", " EN-us ": "en-US", "zh_CN.UTF-8": "zh-CN",
		"es-419": "es-419", "sl-rozaj-biske": "sl-rozaj-biske", "en-x-us": "en-x-us", "zh-CHS": "zh-Hans", "jp": "ja", "cn": "zh-CN",
		"": "", "c": "", "中文": "", "english language": "", "zh-": "zh", "de-1996": "de-1996", "e1": "",
	} {
		if got := lang.Normal(in); got != want {
			t.Errorf("Normal(%q) = %q, want %q", in, got, want)
		}
		if got := lang.Normal(lang.Normal(in)); got != want {
			t.Errorf("Normal(%q) twice = %q", in, got)
		}
	}
}

func TestGuess(t *testing.T) {
	// What is not sure ends in "?".
	tests := []struct{ name, text, want string }{
		{"simplified", "国内互联网企业走向开放是未来的必经之路。", "zh-Hans"},
		{"simplified with Latin names", "QQ 音乐与 88VIP 的会员权益将在 9 月上线，CEO 没有回应。", "zh-Hans"},
		{"traditional", "國內網際網路企業走向開放是未來的必經之路。", "zh-Hant"},
		{"one character is enough", "今天天氣", "zh-Hant?"},
		{"only characters of both", "山水之中", "zh-Hans?"},
		{"Japanese", "国内のインターネット企業が開放に向かうのは必然だ。", "ja"},
		{"Japanese, many kanji", "東京都知事選挙投票日、各候補者は最後の訴えを行った。", "ja"},
		{"Chinese with a Japanese name", "任天堂发售的游戏《ゼルダ》在日本和中国都获得了很高的评价，玩家认为它是今年最好的作品之一。", "zh-Hans"},
		{"Korean", "국내 인터넷 기업이 개방으로 나아가는 것은 필연이다.", "ko"},
		{"Korean with hanja", "大韓民國의 主權은 國民에게 있고, 모든 권력은 국민으로부터 나온다.", "ko"},
		{"English", "The road to openness is one that every company will have to take in the end.", "en"},
		{"English about China", "The word 开放 is often said to be the key to what happened in the years that followed.", "en"},
		{"German", "Der Weg in die Offenheit ist einer, den jedes Unternehmen am Ende gehen muss.", "?"},
		{"French", "La route vers l’ouverture est celle que chaque société doit prendre à la fin.", "?"},
		{"Russian", "Открытость — это путь, которым должна пройти каждая компания.", "?"},
		{"nothing", " 123 — ", "?"},

		{"a word", "开放", "zh-Hans?"},
		{"a headline in both ways of writing", "山水画大展在北京", "zh-Hans?"},
		{"a headline with two simplified characters", "互联网走向开放", "zh-Hans?"},
		{"a traditional headline", "臺灣高鐵票價將於九月調整", "zh-Hant"},
		{"a Cantonese sentence", "佢哋話聽日會喺呢度開會，唔知你嚟唔嚟", "zh-Hant"},
		{"a Japanese headline without kana", "都知事選挙投票始", "ja?"},
		{"a Japanese title with a particle", "羅生門の下", "ja?"},
		{"katakana alone", "インターネット", "ja"},
		{"a Korean word", "개방", "ko?"},
		{"an English title", "The Road to Openness", "en?"},
		{"an English word", "Openness", "?"},
		{"an English sentence with a Chinese quotation", "He said: “开放是必经之路，没有别的路可以走，大家都明白。” and left the room", "zh-Hans?"},
		{"Chinese with much English", "在 GitHub 上 fork 这个 repo，然后 clone 到本地，run go test 就好", "zh-Hans?"},
		{"English about Japan", "The word かいほう is what the people of the town have called it for as long as anyone can remember.", "en"},
		{"Chinese that quotes Japanese", "他最喜欢的一句话是「山路を登りながら、こう考えた」，出自夏目漱石的《草枕》，他说这句话讲透了人生的许多道理，值得反复去读。", "zh-Hans"},
		{"Japanese that quotes Chinese", "彼の好きな言葉は「开放是未来的必经之路」で、これは中国の新聞に出ていたものだという。", "ja"},
		{"both ways of writing, equally", "国内企业走向开放。國內企業走向開放。", "zh-Hans?"},
		{"code", "func main() { for i := range 10 { fmt.Println(i) } }", "en?"},
	}
	for _, tt := range tests {
		got, sure := lang.Guess(tt.text)
		if !sure {
			got += "?"
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	long := strings.Repeat("a", 1<<20)
	if got, _ := lang.Guess(long + "中文"); got != "" {
		t.Errorf("one long word: %q", got)
	}
}
