using System.Text.RegularExpressions;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Tokenization;

public sealed class PreTokenizerTests
{
    [Fact]
    public void NextEnd_BasicPlaneText_SplitsAsThePattern()
    {
        // GPT-2's pattern, encoder.py of its release. .NET's regex works on UTF-16, so only basic-plane texts compare.
        var pattern = new Regex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");
        for (var seed = 0; seed < 500; seed++)
        {
            string text = new([.. Texts.Random(seed).Where(c => !char.IsSurrogate(c))]);
            Assert.Equal(pattern.Matches(text).Select(m => m.Value), Words(text));
        }
    }

    [Fact]
    public void NextEnd_LettersOutsideTheBasicPlane_AreLetters() => Assert.Equal(["𐍈a", " 𝒜b", "🙂"], Words("𐍈a 𝒜b🙂"));

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = PreTokenizer.NextEnd(text, start);
            words.Add(text[start..end]);
        }

        return words;
    }
}
