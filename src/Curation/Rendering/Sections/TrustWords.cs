using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>How well the surrogate predicts an answer, in words. What explains the surrogate explains the closed model no better than that.</summary>
/// <param name="Css">Class of the badge.</param>
/// <param name="Word">One or two words.</param>
internal sealed record TrustWords(string Css, string Word)
{
    /// <summary>What the words stand for, to be read once.</summary>
    public const string Meaning =
        "Fidelity is 1 where the surrogate knew the answer and 0 where it does no better than word frequencies. Well predicted: from .5; fairly: from .25; weakly: from .1; hardly: below.";

    /// <summary>Of a fidelity as it is shown, to two digits.</summary>
    public static TrustWords Of(double? fidelity, bool abstained) => (fidelity is { } value ? Math.Round(value, 2) : fidelity, abstained) switch
    {
        (_, true) => new("badge missed", "not explained"),
        (null, _) => new("badge none", "not measured"),
        ( < 0, _) => new("badge missed", "not predicted"),
        ( < .1, _) => new("badge weak", "hardly predicted"),
        ( < .25, _) => new("badge weak", "weakly predicted"),
        ( < .5, _) => new("badge met", "fairly predicted"),
        _ => new("badge met", "well predicted"),
    };

    public static TrustWords Of(AnswerCard card) => Of(card.Fidelity?.Fidelity, card.Abstained);

    /// <summary>Word and number.</summary>
    public static void Write(HtmlWriter h, AnswerCard card)
    {
        var words = Of(card);
        h.Element("span", words.Word, ("class", words.Css));
        if (card.Fidelity is { } fidelity)
        {
            h.Text(" ");
            h.Element("span", $"fidelity {Fidelity(fidelity.Fidelity)}", ("class", "quiet"));
        }
    }

    /// <summary>Two digits: it is not known better.</summary>
    public static string Fidelity(double value) => (value < 0 ? "\u2212" : "") + Math.Abs(value).ToString("0.00", CultureInfo.InvariantCulture);
}
