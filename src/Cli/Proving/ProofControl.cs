using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Measures;
using Tda.Curation.Plans;
using Tda.Curation.Selection;
using Tda.Lab.Models;
using Tda.Labels.Classifiers;
using Tda.Labels.Judges;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Cli.Proving;

/// <summary>What plans are set against, as the command line names it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Argument">What follows the colon; null where nothing does.</param>
internal sealed record ProofControl(ControlKind Kind, string? Argument = null)
{
    /// <summary>How options name a control.</summary>
    public const string Spelling =
        "What plans are set against; may be given several times: random, keyword and classifier drop as many tokens as the first plan takes away, "
        + "dedup drops near duplicates alone, dpo teaches preferences instead, without:SOURCE leaves a source out that is known to be harmful";

    /// <summary>Its name, with which its artifacts end.</summary>
    public string Name => Kind.ToString().ToLowerInvariant();

    /// <summary>Reads <c>random</c>, <c>keyword</c>, <c>classifier</c>, <c>dedup</c>, <c>dpo</c> or <c>without:SOURCE</c>.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static ProofControl Parse(string text)
    {
        var (word, argument) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, null);
        var known = Enum.GetValues<ControlKind>().Select(kind => kind.ToString().ToLowerInvariant()).ToArray();
        if (!known.Contains(word, StringComparer.Ordinal) || (word == "without") != (argument is { Length: > 0 }))
        {
            throw new UsageException($"--control {text} isn't a control; there are random, keyword, classifier, dedup, dpo and without:SOURCE");
        }

        return new ProofControl(Enum.Parse<ControlKind>(word, ignoreCase: true), argument);
    }
}

/// <summary>Kinds of controls.</summary>
internal enum ControlKind
{
    /// <summary>As much dropped, masked or weighed at random.</summary>
    Random,

    /// <summary>Documents with the largest share of words that labelled examples show to be harmful.</summary>
    Keyword,

    /// <summary>Documents that the judge finds most harmful.</summary>
    Classifier,

    /// <summary>Near duplicates, as a plan's stage <c>minhash</c> finds them by default, whatever that takes away.</summary>
    Dedup,

    /// <summary>Nothing taken away: the model before is taught to prefer harmless answers (IF-Guide's alignment baseline).</summary>
    Dpo,

    /// <summary>Everything of one source, which only a grader knows to be harmful: what a curation could reach.</summary>
    Without,
}

/// <summary>Makes the curations that plans are set against, of the size of the first plan.</summary>
/// <param name="options">The proof's.</param>
/// <param name="plan">What is proved.</param>
/// <param name="judge">Scores documents for the classifier.</param>
internal sealed class ProofControls(ProveOptions options, ProofPlan plan, IJudge judge)
{
    private readonly Corpus _corpus = Corpus.Open(options.Home.CorpusDirectory(plan.Corpus));
    private readonly ITokenizer _tokenizer = ModelTokenizer.Load(Path.Combine(plan.ModelDirectory, LabModel.TokenizerFile));
    private Dictionary<string, long>? _tokens;

    private TdaHome Home => options.Home;

    /// <summary>What a curation takes away, in tokens of the model that is retrained: all of a dropped document's, masked ones, and of a weighed document's the share that its weight takes.</summary>
    public RemovedData RemovedBy(IEnumerable<Decision> decisions, CancellationToken cancel)
    {
        var tokens = Tokens(cancel);
        var byId = decisions.ToDictionary(decision => decision.Id, StringComparer.Ordinal);
        var masked = byId.Values.Any(decision => decision.Mask is not null)
            ? _corpus.Documents().Where(document => byId.GetValueOrDefault(document.Id)?.Mask is not null)
                .Sum(document => (long)TokenMask.Align(byId[document.Id].Mask!, _tokenizer, document).Length)
            : 0;
        var dropped = byId.Values.Where(decision => decision.Action == CurationAction.Drop).ToArray();
        var weighed = byId.Values.Where(decision => decision.Weight is < 1).Sum(decision => (1 - decision.Weight!.Value) * tokens[decision.Id]);
        var removed = dropped.Sum(decision => tokens[decision.Id]) + masked + (long)Math.Round(weighed);
        return new RemovedData(dropped.Length, removed, removed / (double)tokens.Values.Sum());
    }

    /// <summary>The decisions of a control.</summary>
    /// <exception cref="UsageException">What it needs isn't given.</exception>
    /// <exception cref="BadInputException">What it needs can't be read, or no document is of the source.</exception>
    public async Task<IReadOnlyList<Decision>> DecideAsync(ProofControl control, long budget, IProgressSink progress, CancellationToken cancel)
    {
        var first = plan.Curated[0];
        switch (control.Kind)
        {
            case ControlKind.Random when first.Run is { } run:
                return RunPlan.AtRandom(Home.RunDirectory(run), [.. first.Decisions()], options.ControlSeed);
            case ControlKind.Random:
                return BudgetSelector.DropAtRandom(Tokens(cancel).Select(one => new SizedDocument(one.Key, 0, one.Value)), budget, options.ControlSeed);
            case ControlKind.Keyword:
                var words = KeywordList.Learn(LabelledFile.Read(options.Labelled!));
                return await DropAsync(
                    document => new(words.Score(document.Text)), budget, progress, cancel,
                    $"drop: share of {words.Words.Count} keywords ({string.Join(", ", words.Words.Take(5))}, …), {budget} tokens");
            case ControlKind.Classifier:
                return await DropAsync(
                    async document => await judge.JudgeAsync("", document.Text, cancel) is var verdict ? verdict.Score ?? (verdict.Harmful == true ? 1 : 0) : 0,
                    budget, progress, cancel, $"drop: most harmful by {judge.Name}, {budget} tokens");
            case ControlKind.Dedup:
                var duplicates = PlanFile.Parse("stages: [minhash]", _corpus.Directory, new StageServices());
                return [.. duplicates.Stages[0].Stage.Decide(new StageDocuments(_corpus.Documents, _corpus.Count), new StageContext(progress, cancel))];
            default:
                var rule = $"drop: all of source {control.Argument}";
                Decision[] decisions = [.. _corpus.Documents().Where(document => document.Source == control.Argument)
                    .Select(document => new Decision(document.Id, CurationAction.Drop, rule))];
                return decisions.Length > 0 ? decisions : throw new BadInputException(
                    _corpus.Directory, $"no document is of source {control.Argument}; its sources are {string.Join(", ", _corpus.Sources.Keys)}");
        }
    }

    private async Task<IReadOnlyList<Decision>> DropAsync(
        Func<Document, ValueTask<double>> score, long budget, IProgressSink progress, CancellationToken cancel, string rule)
    {
        var tokens = Tokens(cancel);
        var scored = new List<SizedDocument>(tokens.Count);
        using var task = progress.Start("scoring documents", tokens.Count, "documents");
        foreach (var document in _corpus.Documents())
        {
            cancel.ThrowIfCancellationRequested();
            scored.Add(new SizedDocument(document.Id, await score(document), tokens[document.Id]));
            task.Report(scored.Count);
        }

        return BudgetSelector.DropHighest(scored, budget, rule);
    }

    // A document's own tokens and its EOS: each carries loss.
    private Dictionary<string, long> Tokens(CancellationToken cancel)
    {
        if (_tokens is null)
        {
            _tokens = new(StringComparer.Ordinal);
            foreach (var document in _corpus.Documents())
            {
                cancel.ThrowIfCancellationRequested();
                _tokens[document.Id] = _tokenizer.Encode(document.Text).Length + 1;
            }
        }

        return _tokens;
    }
}
