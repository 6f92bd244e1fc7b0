namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// Scores that were measured: the queries' losses after retrainings on subsets, and what other methods say as their prior
/// (<see cref="DatamodelPosterior"/>; or <see cref="RidgeDatamodel"/>, <see cref="LassoDatamodel"/>, which know no prior).
/// <list type="number">
/// <item>Documents and queries are found in the bank by their ids.</item>
/// <item>Losses are cleaned (<see cref="MeasuredLosses"/>); what was left out is said.</item>
/// <item>The priors score all documents.</item>
/// <item>Fit; the scores with their half widths.</item>
/// </list>
/// N is 1: the score itself is nats for a document left out, of models trained on the bank's subsets, which for halves is about twice what the
/// same document does among all.
/// </summary>
/// <param name="outcomes">The bank.</param>
/// <param name="priors">Methods by name; owned.</param>
/// <param name="options">How it is fitted.</param>
/// <param name="groupOf">Per document the name of its group; null: none.</param>
public sealed class DatamodelInfluence(
    RetrainingOutcomes outcomes, IReadOnlyList<IInfluence> priors, DatamodelOptions options, Func<IRowSource, string[]>? groupOf = null) : IInfluence
{
    /// <summary>Its name.</summary>
    public const string MethodName = "datamodel";

    private const int FewestSubsets = 8;
    private static readonly double[] GroupShares = [0, .25, .5, .75, .9, .99];

    private DatamodelFacts? _facts;
    private ScoreMatrix? _halfWidths;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = MethodName,
        Family = MethodFamily.Measured,
        Summary = "measured losses of retrainings (--bank), with another method's scores as prior (--prior)",
        Needs = MethodNeeds.Outcomes,
        Nats = "measured: score is nats that the loss rises by without the document, of models trained on subsets as large as the bank's",
        Inner = options => options.Datamodel.Priors,
        Create = setup => new DatamodelInfluence(
            setup.Context.Outcomes!, [.. setup.Options.Datamodel.Priors.Select(prior => AttributionMethods.Create(prior, setup))],
            setup.Options.Datamodel, DocumentGroups.Of(setup.Options.Datamodel.Groups, setup.Context.Sources)),
    };

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => 1;

    /// <inheritdoc/>
    public ScoreMatrix? HalfWidths => _halfWidths;

    /// <inheritdoc/>
    public object? Facts => _facts;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation, "measures nats and has nothing to normalise by");

        // 1. The same documents and queries in the bank.
        var places = Places(documents);
        var known = outcomes.QueryPlaces();
        var asked = targets.Select(t => t.Members.Select(q => PlaceOf(queries.IdOf(q), known)).ToArray()).ToArray();

        // 2. Measured losses.
        var measured = MeasuredLosses.Of(outcomes, asked);
        var names = groupOf?.Invoke(documents);
        var groups = names is null ? null : Numbered(names);
        Require(measured.Kept.Count, groups);
        var constant = measured.Constant.ToHashSet();
        foreach (var q in constant.SelectMany(t => targets[t].Members).Distinct().Order())
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", "its measured loss is the same after every retraining"));
        }

        // 3. What others say.
        ScoreMatrix[] said = [.. priors.Select(p => p.Score(documents, queries, targets, normalisation, excluded, progress, cancellation))];

        // 4. Fit. Documents stand in their own order from here on.
        bool[][] kept = [.. measured.Kept.Select(k => places.Select(p => k[p]).ToArray())];
        int[] fitted = [.. Enumerable.Range(0, targets.Count).Where(t => !constant.Contains(t) && targets[t].Members.Count > 0)];
        var scores = new ScoreMatrix(targets.Count, places.Length);
        _halfWidths = options.Fit == DatamodelFit.Posterior ? new ScoreMatrix(targets.Count, places.Length) : null;
        _facts = Fit(kept, groups, fitted, [.. fitted.Select(t => measured.Losses[t])], [.. fitted.Select(t => Priors(said, t))], scores, cancellation) with
        {
            LeftOut = measured.LeftOut,
            PulledIn = measured.PulledIn,
        };
        foreach (var matrix in _halfWidths is null ? [scores] : (ScoreMatrix[])[scores, _halfWidths])
        {
            for (var d = 0; d < places.Length; d++)
            {
                if (said.Any(s => s.Targets > 0 && float.IsNaN(s[0, d])))
                {
                    matrix.Exclude(d);
                }
            }
        }

        Tell(progress);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var prior in priors)
        {
            prior.Dispose();
        }
    }

    private DatamodelFacts Fit(
        bool[][] kept, int[]? groups, int[] fitted, double[][] losses, double[][][] said, ScoreMatrix scores, CancellationToken cancellation)
    {
        var facts = new DatamodelFacts
        {
            Fit = options.Fit,
            Subsets = kept.Length,
            DocumentsKept = kept.Average(k => (double)k.Count(x => x)),
            Groups = groups is null ? null : groups.Max() + 1,
        };
        if (fitted.Length == 0)
        {
            return facts;
        }

        if (options.Fit == DatamodelFit.Lasso)
        {
            var lasso = new LassoDatamodel(kept, groups);
            var support = new int[fitted.Length];
            for (var i = 0; i < fitted.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                (var own, support[i], _) = lasso.Fit(losses[i]);
                Set(scores, fitted[i], own);
            }
            return facts with { EmptySupports = support.Count(s => s == 0) };
        }

        if (options.Fit == DatamodelFit.Ridge)
        {
            var ridge = new InclusionDesign(kept, groups, 1);
            for (var i = 0; i < fitted.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Set(scores, fitted[i], RidgeDatamodel.Fit(ridge, losses[i]).Scores);
            }
            return facts with { Unseen = ridge.Constant.Count() };
        }

        // How much of an effect is the group's is what the evidence says.
        var (design, posterior) = (groups is null ? [0] : GroupShares).Select(share =>
        {
            cancellation.ThrowIfCancellationRequested();
            var design = new InclusionDesign(kept, groups, share);
            return (Design: design, Posterior: DatamodelPosterior.Fit(design, losses, said));
        }).MaxBy(one => one.Posterior.LogEvidence);
        for (var i = 0; i < fitted.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (own, widths) = posterior.Of(i, options.Level);
            Set(scores, fitted[i], own);
            Set(_halfWidths!, fitted[i], widths);
        }
        return facts with
        {
            Unseen = design.Constant.Count(),
            Level = options.Level,
            GroupShare = groups is null ? null : design.GroupShare,
            SignalToNoise = posterior.SignalToNoise,
            LogEvidence = posterior.LogEvidence,
            Priors = options.Priors.Zip(posterior.PriorWeights).ToDictionary(p => p.First, p => p.Second),
        };
    }

    private void Tell(IProgressSink progress)
    {
        var facts = _facts!;
        foreach (var reason in facts.LeftOut)
        {
            progress.Message($"Left out: {reason}.");
        }

        (bool, FormattableString)[] lines =
        [
            (facts.PulledIn > 0, $"{facts.PulledIn:N0} measured losses were further than 6 robust deviations from their median and were pulled in to that."),
            (facts.Unseen > 0, $"{facts.Unseen:N0} documents are in all subsets or in none: nothing measured tells of them."),
            (facts.EmptySupports > 0, $"For {facts.EmptySupports:N0} queries LASSO found no document with an effect: all scores are 0."),
            (facts.Priors?.Any(p => p.Value == 0) == true,
                $"The measured losses don't speak for {string.Join(", ", facts.Priors?.Where(p => p.Value == 0).Select(p => p.Key) ?? [])}: not used as a prior."),
        ];
        foreach (var (_, line) in lines.Where(l => l.Item1))
        {
            progress.Message(FormattableString.Invariant(line));
        }
    }

    private int[] Places(IRowSource documents)
    {
        var known = outcomes.DocumentPlaces();
        if (known.Count != documents.DocumentCount)
        {
            throw new BadInputException(
                "bank", $"was measured over {known.Count:N0} documents, and {documents.DocumentCount:N0} are to be scored",
                remedy: "Take the bank of this corpus, or train one with tda datamodel train.");
        }

        return [.. Enumerable.Range(0, documents.DocumentCount).Select(d => known.TryGetValue(documents.IdOf(d), out var place)
            ? place
            : throw new BadInputException(
                "bank", $"lacks document {documents.IdOf(d)}", remedy: "Take the bank of this corpus, or train one with tda datamodel train."))];
    }

    private static int PlaceOf(string query, Dictionary<string, int> known) => known.TryGetValue(query, out var place)
        ? place
        : throw new BadInputException(
            "bank", $"has no measured loss of query '{query}'", remedy: "Train a bank with these queries: tda datamodel train --queries FILE.jsonl.");

    private static void Require(int subsets, int[]? groups)
    {
        if (subsets < FewestSubsets)
        {
            throw new UsageException($"Method {MethodName} needs retrainings on at least {FewestSubsets} subsets, and the bank has {subsets}.");
        }

        if (groups is not null && groups.Max() + 1 is var count && subsets < count + 1)
        {
            throw new UsageException(
                $"{subsets:N0} subsets can't tell {count:N0} groups apart: train {count + 1 - subsets:N0} more, or take coarser groups.");
        }
    }

    private static int[] Numbered(string[] names)
    {
        // Numbers by name, so that the order of documents doesn't matter.
        var numbers = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(g => g.name, g => g.i);
        return [.. names.Select(name => numbers[name])];
    }

    private static double[][] Priors(ScoreMatrix[] said, int target) =>
        [.. said.Select(s => s.Row(target).ToArray().Select(x => float.IsNaN(x) ? 0.0 : x).ToArray())];

    private static void Set(ScoreMatrix matrix, int target, double[] values)
    {
        for (var d = 0; d < values.Length; d++)
        {
            matrix[target, d] = (float)values[d];
        }
    }
}

/// <summary>What a fit was made of and came to, for the run's manifest.</summary>
public sealed record DatamodelFacts
{
    /// <summary>Which fit.</summary>
    public required DatamodelFit Fit { get; init; }

    /// <summary>M, subsets with at least one retraining that counts.</summary>
    public required int Subsets { get; init; }

    /// <summary>Mean documents of a subset: the size of the training sets that the nats are of.</summary>
    public required double DocumentsKept { get; init; }

    /// <summary>Number of groups; null: none.</summary>
    public int? Groups { get; init; }

    /// <summary>Part of a document's effect that is its group's, chosen by the evidence; null without groups.</summary>
    public double? GroupShare { get; init; }

    /// <summary>Probability of the intervals; null where the fit has none.</summary>
    public double? Level { get; init; }

    /// <summary>Per prior how much it is believed (<see cref="DatamodelPosterior.PriorWeights"/>); 0: not at all. Null: none.</summary>
    public IReadOnlyDictionary<string, double>? Priors { get; init; }

    /// <summary><see cref="DatamodelPosterior.SignalToNoise"/>; null where the fit has none.</summary>
    public double? SignalToNoise { get; init; }

    /// <summary><see cref="DatamodelPosterior.LogEvidence"/>; null where the fit has none.</summary>
    public double? LogEvidence { get; init; }

    /// <summary>Documents that all subsets keep, or none.</summary>
    public int Unseen { get; init; }

    /// <summary>Queries for which LASSO found no document with an effect.</summary>
    public int EmptySupports { get; init; }

    /// <summary>Losses pulled in (<see cref="MeasuredLosses"/>).</summary>
    public int PulledIn { get; init; }

    /// <summary>Retrainings left out, with reasons.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
