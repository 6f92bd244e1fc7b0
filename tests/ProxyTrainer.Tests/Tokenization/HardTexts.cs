namespace Tda.ProxyTrainer.Tests.Tokenization;

/// <summary>
/// 262 texts that tokenizers get wrong, and 2 that hold half a character; escaped, since many of them look alike or like nothing.
/// </summary>
internal static class HardTexts
{
    public static readonly string[] All =
    [
        // Emoji: joined, with skin tones, keycaps, flags, tags.
        "\U0001F642", "\U0001F642\U0001F642\U0001F642", "\U0001F469\u200D\U0001F469\u200D\U0001F467", "\U0001F468\u200D\U0001F4BB codes",
        "\U0001F469\U0001F3FD\u200D\U0001F680\U0001F680", "\u2764\uFE0F", "\u2764", "\u263A\uFE0F \u263A\uFE0E",
        "1\uFE0F\u20E32\uFE0F\u20E3", "\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", "\U0001F1E9 \U0001F1EA",
        "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "\U0001FAE0\U0001FAE1", "text\U0001F642text",
        "\U0001F642 text", "\U0001F642\n\U0001F642", "\U0001F44D\U0001F3FF\U0001F44D\U0001F3FB", "\u231A\uFE0F\u23F0",
        "\U0001F9D1\u200D\U0001F91D\u200D\U0001F9D1", "\U0001F937\U0001F3FC\u200D\u2640\uFE0F dunno",
        // Combining marks, composed and not.
        "cafe\u0301", "caf\u00E9", "e\u0301\u0323", "o\u0308\u0304", "A\u030A \u00C5 \u212B", "n\u0303o", "\u0301",
        "a\u0301\u0301\u0301\u0301", "Z\u0351\u036B\u0343a\u0363lgo", "q\u0307\u0323", "\u1EBF \u1EC1 \u1EC3", "x\u20DD",
        "\u0958 \u0915\u093C", "\uFB01 \uFB02 \uFB03", "\u017Ft \uFB05", "\u01C4 \u01C5 \u01C6", "\u0149", "\u0130 \u0131 i I",
        "\u00DF \u1E9E SS", "\u03A3 \u03C3 \u03C2",
        // Right to left, with marks that turn.
        "\u0645\u0631\u062D\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
        "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064A\u0643\u0645 \u0648\u0631\u062D\u0645\u0629 \u0627\u0644\u0644\u0647",
        "\uFDFA \uFDF2", "\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD", "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD",
        "abc \u05E9\u05DC\u05D5\u05DD def", "\u202Eabc\u202C", "\u200F\u05D0\u200E",
        "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", "\u06F1\u06F2\u06F3",
        "\u0641\u0627\u0631\u0633\u06CC \u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u072B\u0720\u0721\u0710",
        "\u078B\u07A8\u0788\u07AC\u0780\u07A8", "\u0627\u0644\u0639\u0631\u0628\u064A\u0629123 abc", "\u061C\u2067x\u2069",
        // Hangul.
        "\uC548\uB155\uD558\uC138\uC694", "\uD55C\uAE00 \uD14C\uC2A4\uD2B8", "\u1112\u1161\u11AB", "\u1112\u1161\u11AB\uAE00",
        "\u3131\u3134\u3137", "\uD55C\uAD6D\uC5B4 \uD14D\uC2A4\uD2B8 123", "\uAC01\u11A8", "\uBDC1\uBDC1\uBDC1",
        "\uB300\uD55C\uBBFC\uAD6D \U0001F1F0\U0001F1F7", "\u1100\u1100\u1100",
        // Han and kana.
        "\u65E5\u672C\u8A9E", "\u65E5\u672C\u8A9E\u306E\u30C6\u30AD\u30B9\u30C8",
        "\u3053\u3093\u306B\u3061\u306F\u3001\u4E16\u754C\uFF01", "\u30AB\u30BF\u30AB\u30CA \uFF76\uFF80\uFF76\uFF85",
        "\u304C \u304B\u3099", "\u4E2D\u6587\u5B57\u7B26", "\u7E41\u9AD4\u4E2D\u6587\uFF0C\u6A19\u9EDE\u3002",
        "\u300C\u5F15\u7528\u300D\u300E\u4E8C\u91CD\u300F", "\U00020BB7\u91CE\u5BB6", "\U0002070E\U00020731",
        "\u4E00\u4E8C\u4E09\u56DB\u4E94\u516D\u4E03\u516B\u4E5D\u5341", "\u337F\u3314",
        "\uFF26\uFF55\uFF4C\uFF4C\u3000\uFF57\uFF49\uFF44\uFF54\uFF48", "\u3005\u3006\u3007", "\u6F22\u5B57kanji\u6F22\u5B57",
        // Other scripts.
        "\u041F\u0440\u0438\u0432\u0435\u0442, \u043C\u0438\u0440!", "\u0401\u043B\u043A\u0438-\u043F\u0430\u043B\u043A\u0438",
        "\u0393\u03B5\u03B9\u03AC \u03C3\u03BF\u03C5 \u039A\u03CC\u03C3\u03BC\u03B5",
        "\u0E20\u0E32\u0E29\u0E32\u0E44\u0E17\u0E22\u0E44\u0E21\u0E48\u0E21\u0E35\u0E0A\u0E48\u0E2D\u0E07\u0E27\u0E48\u0E32\u0E07",
        "\u0E81 \u0E82", "\u0928\u092E\u0938\u094D\u0924\u0947 \u0926\u0941\u0928\u093F\u092F\u093E", "\u0915\u094D\u0937\u093F",
        "\u09AC\u09BE\u0982\u09B2\u09BE", "\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD \u0BAE\u0BCA\u0BB4\u0BBF",
        "\u0C24\u0C46\u0C32\u0C41\u0C17\u0C41", "\u10E5\u10D0\u10E0\u10D7\u10E3\u10DA\u10D8",
        "\u0540\u0561\u0575\u0565\u0580\u0565\u0576", "\u12A0\u121B\u122D\u129B", "\u13E3\u13B3\u13A9", "\u1781\u17D2\u1798\u17C2\u179A",
        "\u1019\u103C\u1014\u103A\u1019\u102C", "\u0F56\u0F7C\u0F51\u0F0B\u0F61\u0F72\u0F42", "\u182E\u1823\u1829\u182D\u1823\u182F",
        "Ti\u1EBFng Vi\u1EC7t", "T\u00FCrk\u00E7e \u0130stanbul",
        // Letters, digits and marks outside the basic plane.
        "\U0001D49C\U0001D4B7\U0001D4B8", "\U0001D7D8\U0001D7D9\U0001D7DA", "\U00010348\U00010330\U00010339",
        "\U0001D518\U0001D52B\U0001D526\U0001D520\U0001D52C\U0001D521\U0001D522 text", "\U0001E900\U0001E901", "\U00010900\U00010901",
        "x\U0001D7D9y", "\U00011013\U00011046\U00011031", "\U0001F600\U0001D49C", "\U0001D49C \U0001D4B7",
        // White space of all kinds.
        " ", "  ", "   ", "        ", "\t", "\t\t", "\n", "\n\n", "\n\n\n", "\r\n", "\r\n\r\n", "\r", "\n ", "\n  x", " \n", " x", "  x",
        "   x", "x ", "x  ", "x   y", "x\ty", "x\n\ny", "x \n y", "\u00A0", "a\u00A0b", "a \u00A0b", "\u2003\u2003x", "\u3000\u3000",
        "\u2028\u2029", "\u0085", "\u000B\u000C", "\u1680x\u205F", "\n\t\n\t", "    if x:\n        y\n", "tab\tand  spaces \t mixed",
        "trailing\n", "trailing   \n   \n", "\uFEFFBOM",
        // Control characters and what isn't seen.
        "\u0000", "a\u0000b", "\u0000\u0000\u0000", "\u0001\u0002\u0003", "\u001B[31mred\u001B[0m", "\u007F", "\u001C\u001D\u001E\u001F",
        "\u0080\u009F", "\u200B", "a\u200Bb", "\u200C\u200D", "\u2060x", "\u00AD soft\u00ADhyphen", "\uFFFD", "\uFFFC", "\uE000",
        "\uFDD0", "\uFFFF", "\U0010FFFF", "\u180E",
        // Digits.
        "0", "1", "12", "123", "1234", "12345", "1234567890", "1,234,567.89", "3.14159", "-42", "+1e-10", "0x1F", "1/2 \u00BD \u2153",
        "\u00B2\u00B3 \u2081\u2082", "\u2167 \u2177", "\u2460\u2461\u2462", "2024-01-31T23:59:59Z", "192.168.0.1", "v1.2.3-beta4",
        "00000000000000000000",
        // Contractions and cases.
        "I'll", "I'LL", "i'Ll", "don't", "DON'T", "we've WE'VE", "they're THEY'RE", "it's IT'S", "I'd I'D", "I'm I'M", "'s", "'S 's",
        "''s", "' s", "x's's", "rock'n'roll", "O'Neill", "\u2019s \u2019ll", "CamelCaseWord", "HTTPServer", "iPhone", "XMLHttpRequest2",
        "McDonald", "ALLCAPS lower MiXeD", "aBcDeF",
        // Code and marks.
        "int main(void) { return 0; }", "for (int i = 0; i < n; i++) {\n\ta[i] += b[i];\n}", "def f(x):\n    return x ** 2\n",
        "{\"key\": [1, 2, {\"a\": null}]}", "<div class=\"a\">text</div>", "SELECT * FROM t WHERE a = 'b';",
        "#!/bin/bash\necho \"$HOME\" | grep -E '^/'", "https://example.com/a?b=c&d=%20#e", "user@example.com",
        "C:\\Users\\name\\file.txt", "a->b::c", "=>{}[]()<>", "!!!???...", "----------", "==========", "**bold** _it_ `code`",
        "a//b/*c*/", "$x_1^2$", "\\n \\t \\\\", "@#$%^&*", "\u2026\u2014\u2013\u2018\u2019\u201C\u201D", "\u00BFQu\u00E9? \u00A1S\u00ED!",
        "\u00A9 \u00AE \u2122", "\u2200x\u2208\u211D: x\u00B2\u22650", "\u2192 \u21D2 \u2194",
        // Special tokens, spelled.
        "<|endoftext|>", "<|im_start|>user", "<s>", "</s>", "<unk>", "<0x0A>", "<0x41>A", "\u2581", "\u2581\u2581x", "x\u2581y",
        "\u0120 \u010A", "[INST] hi [/INST]", "<|reserved_100256|>",
        // Long.
        Repeated("a", 300), Repeated(" ", 200), Repeated("=", 250), Repeated("ab", 150), Repeated("\U0001F642", 60),
        Repeated("\u65E5", 100), Repeated("x ", 100), Repeated("\n", 80), Repeated("1", 120), Repeated("aaaa bbbb ", 30),

        // Lone surrogates, which UTF-8 has no bytes for.
        "a\uD83Db", "\uDE42x",
    ];

    private static string Repeated(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
