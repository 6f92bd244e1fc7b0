namespace Tda.Curation.Reports;

/// <summary>Something that wasn't measured.</summary>
/// <param name="Question">What isn't known, as a question.</param>
/// <param name="Command">The commands that would find it out.</param>
public sealed record OpenQuestion(string Question, string Command)
{
    /// <summary>The questions that a run leaves open, those that matter most first.</summary>
    internal static IReadOnlyList<OpenQuestion> Of(ReportModel model, RunFolder folder, bool texts)
    {
        if (folder.Scores is not { } run)
        {
            return [];
        }

        string Input(string kind, string unknown) =>
            run.Manifest.Inputs.Keys.FirstOrDefault(key => key.StartsWith(kind + ":", StringComparison.Ordinal))?[(kind.Length + 1)..] ?? unknown;
        var (corpus, index, surrogate) = (Input("corpus", "C"), Input("index", "I"), Input("surrogate", "S"));
        var method = run.Header.Method;
        var attribute = $"tda attribute --index {index} --method {method} --queries FILE.jsonl";
        List<OpenQuestion> open = [];
        if (!texts)
        {
            open.Add(new("What do the documents say? Their corpus wasn't at hand.", $"tda report {model.RunId} --corpus {corpus}"));
        }

        if (model.Trust is { Explained: > 0, Calibration: null, MeasuredSubsets: null })
        {
            open.Add(new(
                "How much would an answer change without a document? The run is uncalibrated: its scores have an order, but no size.",
                $"tda lab bank --corpus {corpus} --lab L --queries FILE.jsonl --name B\ntda evaluate calibrate --run {model.RunId} --bank B\n{attribute} --calibration calibration.json"));
        }

        if (model.Trust is { Explained: > 0, Members: 1, Fidelity: not null })
        {
            open.Add(new(
                "How much of the order is chance? One surrogate was asked; several, averaged, are more often right, and give intervals.",
                $"tda distill --corpus {corpus} --name {surrogate}-5 --ensemble 5\ntda index --surrogate {surrogate}-5 --corpus {corpus} --name {index}-5\ntda attribute --index {index}-5 --queries FILE.jsonl --ensemble"));
        }

        if (texts && model.Documents.Count > 0 && !run.Manifest.Outputs.ContainsKey(ScoreFormat.Tokens))
        {
            open.Add(new("Which words of a document? No token scores were computed.", $"{attribute} --tokens"));
        }

        if (model.Change is null && model.Documents.Count > 0)
        {
            open.Add(new(
                "Does it help to remove them? Nothing was removed yet, and no model was asked again.",
                $"tda curate --corpus {corpus} --run {model.RunId} --name {corpus}-2 --drop 100\ntda measure --endpoint URL --model M --prompts FILE.jsonl --judge J --out before\ntda measure --endpoint URL --model M2 --prompts FILE.jsonl --judge J --out after\ntda compare before after --run {model.RunId}"));
        }
        else if (model.Change is { Control: null })
        {
            open.Add(new(
                "Would removing as much at random have done the same? No control was measured.",
                $"tda curate --corpus {corpus} --run {model.RunId} --name {corpus}-random --at-random 1 --drop 100\ntda compare before after --control random --run {model.RunId}"));
        }

        return open;
    }
}
