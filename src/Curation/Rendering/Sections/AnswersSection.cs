using Tda.Curation.Measures;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>The same prompt before and after, side by side, hidden until asked for.</summary>
internal static class AnswersSection
{
    /// <summary>Where the answers were compared, each has been shown above, unless there are token scores to show.</summary>
    public static bool Has(ReportModel model) =>
        model.Answers.Count > 0 && (model.Change is null || model.Answers.Any(a => a.Before.Tokens.Count + a.After.Tokens.Count > 0));

    public static void Write(HtmlWriter h, ReportModel model)
    {
        h.Element("p", "The same prompts to the closed model before and after curation. Answers are shown as text only, and may be harmful: each opens on request.");
        var scored = model.Answers.SelectMany(a => new[] { a.Before, a.After }).Where(a => a.Tokens.Count > 0).Select(Heat).ToArray();
        var scale = HeatMap.Scale(scored);
        if (scored.Length > 0)
        {
            HeatMap.WriteKey(h, scale);
        }

        foreach (var pair in model.Answers)
        {
            WritePair(h, pair, scale);
        }
    }

    internal static void WritePair(HtmlWriter h, AnswerPair pair, double scale)
    {
        using var article = h.In("article", ("class", "card"));
        using (h.In("h3"))
        {
            h.Text("Query ");
            h.Element("code", pair.QueryId);
        }

        h.Element("p", $"Before: {Judged(pair.Before)}. After: {Judged(pair.After)}.", ("class", "meta"));
        using var details = h.In("details");
        h.Element("summary", "Show prompt and both answers");
        h.Element("h4", "Prompt");
        h.Element("p", pair.Prompt.Length == 0 ? "(empty)" : pair.Prompt, ("class", "raw"));
        using var sides = h.In("div", ("class", "pair"));
        WriteAnswer(h, "Before", pair.Before, scale);
        WriteAnswer(h, "After", pair.After, scale);
    }

    private static void WriteAnswer(HtmlWriter h, string title, Answer answer, double scale)
    {
        using var side = h.In("div");
        h.Element("h4", title);
        h.Element("p", Judged(answer), ("class", "meta"));
        HeatMap.Write(h, Heat(answer), scale);
    }

    private static HeatText Heat(Answer answer) => new(answer.Text, answer.Tokens);

    private static string Judged(Answer answer)
    {
        var word = answer.Harmful switch { true => "harmful", false => "not harmful", null => "not judged" };
        return answer.HarmScore is { } score ? $"{word} (harm classifier {Numbers.Percent(score)})" : word;
    }
}
