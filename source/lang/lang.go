// Package lang names the language of a text: as a tag that someone wrote
// (Normal), or guessed from the characters and the commonest words (Guess). It
// tells simplified from traditional Chinese, Japanese and Korean, and English
// from the other languages that are written in Latin letters; it does not tell
// those apart.
package lang

import (
	"strings"
	"unicode"
)

// Normal returns a language tag as BCP 47 writes it: "zh_cn" is "zh-CN",
// "ZH-HANT" is "zh-Hant". What cannot be a tag or names no language gives "".
func Normal(tag string) string {
	tag = strings.TrimSpace(tag)
	if i := strings.IndexAny(tag, ".@"); i >= 0 {
		tag = tag[:i] // POSIX: zh_CN.UTF-8
	}
	parts := strings.FieldsFunc(tag, func(r rune) bool { return r == '_' || r == '-' })
	if len(parts) == 0 || len(parts[0]) < 2 || len(parts[0]) > 8 || len(parts) > 8 {
		return ""
	}
	for i, p := range parts {
		if len(p) > 8 || strings.TrimFunc(p, alphanumeric) != "" {
			return ""
		}
		p = strings.ToLower(p)
		switch {
		case i == 0:
			if strings.ContainsAny(p, "0123456789") {
				return ""
			}
		case len(p) == 2 && len(parts[i-1]) > 1:
			p = strings.ToUpper(p)
		case len(p) == 4 && len(parts[i-1]) > 1 && p[0] > '9':
			p = strings.ToUpper(p[:1]) + p[1:]
		}
		parts[i] = p
	}
	switch tag := strings.Join(parts, "-"); tag {
	case "chs", "zh-chs":
		return "zh-Hans"
	case "cht", "zh-cht":
		return "zh-Hant"
	case "cn":
		return "zh-CN"
	case "jp":
		return "ja"
	case "und": // undetermined
		return ""
	case "kr": // Kanuri, but nobody means it
		return "ko"
	default:
		return tag
	}
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// Base returns the language of a tag without script and region: "zh" of "zh-Hans".
func Base(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(base)
}

// Width returns the width of s in half ems, which tells how long a text looks
// whatever its language: two for a character of Chinese, Japanese or Korean, one
// for any other.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80) {
			n++
		}
	}
	return n
}

// Guess returns the language that most of text is written in: "zh-Hans",
// "zh-Hant", "ja", "ko" or "en"; "" where it cannot tell. sure is false where the
// text is too short or too mixed to be relied on. It looks at the first 20,000
// letters.
func Guess(text string) (tag string, sure bool) {
	c := count(text)
	// A word of Latin letters weighs about what two Han characters do.
	cjk := c.han + c.kana + c.hangul
	mixed := cjk > c.words/2 && cjk < 4*c.words
	switch {
	case cjk == 0 && c.words == 0, c.other > cjk+4*c.words:
		return "", false
	// A tenth of any English text is these words; no other language comes near.
	case cjk < 2*c.words && c.english*12 >= c.words && c.accented*20 < c.words:
		return "en", c.words >= 12 && !mixed
	case cjk < c.words:
		return "", false
	case c.hangul*2 > c.han+c.kana:
		return "ko", c.hangul >= 8 && !mixed
	// Japanese has hardly a sentence with fewer kana than this; a Chinese article
	// about Japan has a name here and there, or a quotation.
	case c.kana*8 > c.han && (c.simplified < 3 || c.kana*2 > c.han):
		return "ja", c.kana >= 6 && !mixed
	// A headline may have none.
	case c.japanese > c.simplified && (c.han <= 40 || c.kana*20 >= c.han):
		return "ja", false
	}
	most, least := max(c.traditional, c.simplified), min(c.traditional, c.simplified)
	sure = most >= 4 && most >= 4*least && (c.simplified == most || c.kana*20 < c.han) && !mixed
	if c.traditional > c.simplified {
		return "zh-Hant", sure
	}
	return "zh-Hans", sure
}

type counts struct {
	han, kana, hangul, other int // characters
	simplified, traditional  int // of han: those that only one way of writing Chinese has
	japanese                 int // of han: those that only Japanese has
	words                    int // of Latin letters
	english, accented        int // of words
}

func count(text string) counts {
	var c counts
	letters := 0
	word := make([]byte, 0, 16)
	accented := false
	endWord := func() {
		if len(word) == 0 {
			return
		}
		c.words++
		if english[string(word)] {
			c.english++
		}
		if accented {
			c.accented++
		}
		word, accented = word[:0], false
	}
	for _, r := range text {
		if letters >= 20000 {
			break
		}
		if r < 0x80 {
			if l := r | 0x20; l >= 'a' && l <= 'z' {
				if letters++; len(word) < cap(word) {
					word = append(word, byte(l))
				}
			} else if r != '\'' {
				endWord()
			}
			continue
		}
		switch {
		case unicode.Is(unicode.Han, r):
			endWord()
			letters++
			c.han++
			switch scripts[r] {
			case 's':
				c.simplified++
			case 't':
				c.traditional++
			case 'j':
				c.japanese++
			}
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			endWord()
			letters++
			c.kana++
		case unicode.Is(unicode.Hangul, r):
			endWord()
			letters++
			c.hangul++
		case unicode.Is(unicode.Latin, r):
			letters++
			accented = true
			if len(word) < cap(word) {
				word = append(word, '?')
			}
		case unicode.IsLetter(r):
			endWord()
			letters++
			c.other++
		case r != '’':
			endWord()
		}
	}
	endWord()
	return c
}

var english = words("the of and to in is that for it was on with as at by be this are from or an have not which but were has you they his her its had will would there their we been more when who if about can one what said up out than so into")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// Frequent characters that are written in one way only, pair by pair. Pairs
// whose simplified form is also an old character of its own (后, 里, 于) tell nothing.
const (
	simplifiedOnly  = "们这国说时来对发会过动业实现样进经点电员关问体两开种应还当长门间题机" + "万东丝严丧个丰临为丽举义乌乐乔习乡书买乱争亏亚产亩亲亿仅从仓仪价众优伙伞伟传伤伦伪侠侧侨俭债倾偿储儿兑党兰兴养兽内冈册写军农冯冲决况冻净凉减凤凭凯击凿刘则刚创删别刹剑剧劝办务劲劳势勋匀区医华协单卖卢卫厂厅历厉压厌县参双变叙号叹吓吗吨听启吴呐呕呗员咏响哑哗唤啸喷嘱团园困围图圆圣场坏块坚坛坝坟坠垄垒垦垫堕墙壮声壳处备够头夸夹夺奋奖妇妈妆娄娱婴孙学宁宝审宪宫宽宾寝寻导寿将尔尘尝层属岁岂岗岛岭峡币帅师帐帜带帮库庄庆庐废广张弥弯弹强归录彻径忆忧怀态怜总恋恳恶悬惊惧惨惩惯愤愿戏战户扑执扩扫扬扰抚抛抢护报担拟拢拣拥拦拨择挂挡挥损换据掳掷揽搅摄摆摇撑撵敌数斗斩断无旧旷显晋晒晓暂术朴权条杨杰极构枪枫柜标栈栋栏树桥桩梦检楼榄槛欢欧歼残毁毕气汇汉汤沟没沪泪泽洁洒浅浆测济浏浑浓涌涛涝润涨渊渐渔温湾湿滚满滞滤滥滨灭灯灵灾炉炼烁烂烃烛烟烦烧热爱爷牵牺状犹独狭狮狱猎猪猫献环玛玮琐电画畅疗疯痒监盖盘睁码砖础确碍礼祸禅离秃秆积称稳穷窃窝竞笔笼筑签简篮类粮紧纠红约级纪纤纬纯纱纲纳纵纷纸纹纺纽线练组细织终绍绑结绕绘给络绝统继绩绪续维绵综绿缓编缘缩缴网罗罚罢职联聪肃肠肤肿胀胁胆胜脉脏脑脚脱脸腊腻艰艳艺节芜苍苏苹茎荐荡荣药莱莲获营萧萨葱蓝蔼虏虑虚虫虽蚀蚁补衬袭装览觉规视触订认讨让训议记讲许论设访证评识诉词译试诗诚话诞询该详语误请诸诺读课谁调谈谋谎谐谓谢谣谨谱负责败账货质购贯贵贷贸费资赋赌赏赔赖赚赛赞赢赶趋跃踪车轨转轮软轰轻载较辅辆辈辉输辖辞边达迁迈运这进远违连迟适选递逻遗邮邻郑酝酱释针钉钟钢钱钻铁铃铅铜银铺链销锁锅锋错键锦镇镜闪闭问闲闷闹闻阅队阳阴阵阶际陆陈险随隐难雾静韩页顶项顺须顾顿预领颇频颖颗题颜额风飞饭饮饰饱饼饿馆馈马驰驱驳驶驻驾骂骄验骑骗骤鱼鲁鲜鸟鸡鸣鸭鸿麦黄齐齿龄龙龟"
	traditionalOnly = "們這國說時來對發會過動業實現樣進經點電員關問體兩開種應還當長門間題機" + "萬東絲嚴喪個豐臨為麗舉義烏樂喬習鄉書買亂爭虧亞產畝親億僅從倉儀價眾優夥傘偉傳傷倫偽俠側僑儉債傾償儲兒兌黨蘭興養獸內岡冊寫軍農馮沖決況凍淨涼減鳳憑凱擊鑿劉則剛創刪別剎劍劇勸辦務勁勞勢勳勻區醫華協單賣盧衛廠廳歷厲壓厭縣參雙變敘號嘆嚇嗎噸聽啟吳吶嘔唄詠響啞嘩喚嘯噴囑團園圍圖圓聖場壞塊堅壇壩墳墜壟壘墾墊墮牆壯聲殼處備夠頭誇夾奪奮獎婦媽妝婁娛嬰孫學寧寶審憲宮寬賓寢尋導壽將爾塵嘗層屬歲豈崗島嶺峽幣帥師帳幟帶幫庫莊慶廬廢廣張彌彎彈強歸錄徹徑憶憂懷態憐總戀懇惡懸驚懼慘懲慣憤願戲戰戶撲執擴掃揚擾撫拋搶護報擔擬攏揀擁攔撥擇掛擋揮損換據擄擲攬攪攝擺搖撐攆敵數鬥斬斷無舊曠顯晉曬曉暫術樸權條楊傑極構槍楓櫃標棧棟欄樹橋樁夢檢樓欖檻歡歐殲殘毀畢氣匯漢湯溝沒滬淚澤潔灑淺漿測濟瀏渾濃湧濤澇潤漲淵漸漁溫灣濕滾滿滯濾濫濱滅燈靈災爐煉爍爛燭煙煩燒熱愛爺牽犧狀猶獨狹獅獄獵豬貓獻環瑪瑋瑣畫暢療瘋癢監蓋盤睜碼磚礎確礙禮禍禪離禿積稱穩窮竊窩競筆籠築簽簡籃類糧緊糾紅約級紀纖緯純紗綱納縱紛紙紋紡紐線練組細織終紹綁結繞繪給絡絕統繼績緒續維綿綜綠緩編緣縮繳網羅罰罷職聯聰肅腸膚腫脹脅膽勝脈臟腦腳脫臉臘膩艱豔藝節蕪蒼蘇蘋莖薦蕩榮藥萊蓮獲營蕭薩蔥藍藹虜慮虛蟲雖蝕蟻補襯襲裝覽覺規視觸訂認討讓訓議記講許論設訪證評識訴詞譯試詩誠話誕詢該詳語誤請諸諾讀課誰調談謀謊諧謂謝謠謹譜負責敗賬貨質購貫貴貸貿費資賦賭賞賠賴賺賽贊贏趕趨躍蹤車軌轉輪軟轟輕載較輔輛輩輝輸轄辭邊達遷邁運遠違連遲適選遞邏遺郵鄰鄭醞醬釋針釘鐘鋼錢鑽鐵鈴鉛銅銀鋪鏈銷鎖鍋鋒錯鍵錦鎮鏡閃閉閒悶鬧聞閱隊陽陰陣階際陸陳險隨隱難霧靜韓頁頂項順須顧頓預領頗頻穎顆顏額風飛飯飲飾飽餅餓館饋馬馳驅駁駛駐駕罵驕驗騎騙驟魚魯鮮鳥雞鳴鴨鴻麥黃齊齒齡龍龜"
)

// Frequent characters whose form only Japanese has.
const japaneseOnly = "挙駅円対働込畑気広売読図戦発変辺桜検権毎単価伝応楽関観帰拠渋処焼浄譲醸続総蔵臓粋酔斉済剤黒駆経軽継渓蛍撃県顕験鉱豊沢択釈弾団遅鋳庁徴聴鉄転徳縄弐悩脳廃拝髪抜払仏満黙訳薬揺頼覧竜両猟緑塁霊齢暦歴労録様実従縦獣収奨嬢畳穣摂専繊荘捜挿巣騒増帯滝悪囲壱隠営栄塩仮絵壊懐覚陥歓舎"

// scripts is 's' for a character of simplified Chinese only, 't' for one of
// traditional Chinese only, 'j' for one of Japanese only. A character of several
// lists tells nothing.
var scripts = func() map[rune]byte {
	m := map[rune]byte{}
	for _, r := range japaneseOnly {
		m[r] = 'j'
	}
	for _, r := range simplifiedOnly {
		if m[r] != 0 {
			m[r] = 'b'
			continue
		}
		m[r] = 's'
	}
	for _, r := range traditionalOnly {
		if m[r] != 0 {
			m[r] = 'b'
			continue
		}
		m[r] = 't'
	}
	return m
}()
