using FsCheck.Fluent;
using Tda.Curation.Languages;
using Tda.Curation.Tests.Filters;
using Tda.TestKit;

namespace Tda.Curation.Tests.Languages;

public class LanguageIdentifierTests
{
    [Theory]
    [InlineData("en", "Thanks for your note. I'll be at home until Thursday, so call me whenever it suits you.")]
    [InlineData("de", "Vielen Dank für deine Nachricht. Ich bin bis Donnerstag zu Hause, ruf mich einfach an.")]
    [InlineData("fr", "Merci pour ton message. Je suis chez moi jusqu'à jeudi, appelle-moi quand tu veux.")]
    [InlineData("es", "Gracias por tu mensaje. Estoy en casa hasta el jueves, así que llámame cuando quieras.")]
    [InlineData("ru", "Спасибо за письмо. Я дома до четверга, звони, когда тебе будет удобно.")]
    [InlineData("uk", "Дякую за листа. Я вдома до четверга, тож телефонуй, коли тобі буде зручно.")]
    [InlineData("ja", "ご連絡ありがとうございます。木曜日まで家にいますので、いつでもお電話ください。")]
    [InlineData("zh", "谢谢你的来信。我星期四之前都在家，你方便的时候给我打电话吧。")]
    [InlineData("ko", "메시지 고마워요. 목요일까지 집에 있으니 편할 때 전화 주세요.")]
    [InlineData("el", "Ευχαριστώ για το μήνυμά σου. Είμαι στο σπίτι μέχρι την Πέμπτη, πάρε με όποτε θέλεις.")]
    [InlineData("und", "12 34 !? \ud83d\ude00")]
    public void Guess_SentenceOfALetter_TellsItsLanguage(string language, string text) => Assert.Equal(language, LanguageIdentifier.Default.Guess(text).Language);

    [Fact]
    public void Guess_AnyText_GivesProbabilitiesThatAddUp() => Assert.All(Judging.Texts, text =>
    {
        var guess = LanguageIdentifier.Default.Guess(text);
        Assert.Equal(guess.Ranked.Count == 0 ? 0 : 1, guess.Ranked.Sum(one => one.Probability), 1e-9);
        Assert.Equal(guess.Ranked.OrderByDescending(one => one.Probability).Select(one => one.Probability), guess.Ranked.Select(one => one.Probability));
    });

    [Fact]
    public void Guess_TwoToyLanguages_IsBayesByHand()
    {
        var model = new LanguageIdentifier([LanguageProfile.Of("xx", ["ab ab"]), LanguageProfile.Of("yy", ["ba ca"])]);
        Property.Holds(Gen.Elements('a', 'b', 'c', ' ', '.').ListOf().Select(letters => string.Concat(letters)), text =>
        {
            var runs = SlowRuns(text);
            if (runs.Count == 0)
            {
                return;
            }

            // log P = Σ log (c + ½) / (N + ½ V), with the factor for overlapping runs.
            var factor = Math.Min(1 / 3.0, 50.0 / runs.Count);
            var (x, y) = (Score(SlowRuns("ab ab"), SlowRuns("ba ca"), runs) * factor, Score(SlowRuns("ba ca"), SlowRuns("ab ab"), runs) * factor);
            Assert.Equal(1 / (1 + Math.Exp(y - x)), model.Guess(text).Of("xx"), 1e-4);
        });

        static double Score(List<string> seen, List<string> other, List<string> runs) => runs.Sum(run =>
        {
            var kinds = seen.Concat(other).Distinct().Count(one => one.Length == run.Length);
            return Math.Log((seen.Count(one => one == run) + .5) / (seen.Count(one => one.Length == run.Length) + .5 * kinds));
        });
    }

    [Fact]
    public void Write_ReadAgain_IsTheSame()
    {
        using var folder = new TempDirectory();
        var (one, two) = (Path.Combine(folder.Path, "one"), Path.Combine(folder.Path, "two"));
        LanguageProfile.Write(one, [LanguageProfile.Of("xx", ["ab ab\tc"]), LanguageProfile.Of("ru", ["где он"])]);
        using (var stream = File.OpenRead(one))
        {
            LanguageProfile.Write(two, LanguageProfile.Read(stream));
        }

        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
    }

    [Fact]
    public void Read_SomethingElse_IsRefused()
    {
        using var folder = new TempDirectory();
        CompressedText(Path.Combine(folder.Path, "x"), "tda.languages 9\n");
        using var stream = File.OpenRead(Path.Combine(folder.Path, "x"));
        Assert.Throws<InvalidDataException>(() => LanguageProfile.Read(stream));
    }

    /// <summary>Runs of one to three characters of " word ", without the space alone.</summary>
    private static List<string> SlowRuns(string text) => [.. text.Split(' ', '.').Where(word => word.Length > 0).Select(word => $" {word} ")
        .SelectMany(word => Enumerable.Range(1, 3).SelectMany(n => Enumerable.Range(0, Math.Max(0, word.Length - n + 1)).Select(i => word.Substring(i, n))))
        .Where(run => run != " ")];

    private static void CompressedText(string path, string text)
    {
        using var zip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest);
        zip.Write(Encoding.UTF8.GetBytes(text));
    }
}
