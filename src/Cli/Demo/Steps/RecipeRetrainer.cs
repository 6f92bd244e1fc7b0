using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Cli.Demo.Steps;

/// <summary>Makes curated corpora by recipes, and fine-tunes the closed model's base on each.</summary>
internal sealed class RecipeRetrainer
{
    /// <summary>Rule of the random control in ledgers.</summary>
    private const string ControlRule = "random-control";

    private readonly DemoContext _context;
    private readonly string _baseName;
    private readonly IReadOnlyList<CandidateDocument> _candidates;
    private readonly IReadOnlyList<DocumentTokenScores> _tokens;

    /// <summary>Reads the run's scores.</summary>
    public RecipeRetrainer(DemoContext context, string baseName)
    {
        (_context, _baseName) = (context, baseName);
        using var run = ScoreRun.Open(context.Place.Home.RunDirectory(context.Place.Name));
        _candidates = RunScores.Candidates(run);
        _tokens = RunScores.Tokens(run);
    }

    /// <summary>Retrains by a recipe.</summary>
    /// <returns>Name of the lab model.</returns>
    public string Run(DemoContext named, Recipe recipe)
    {
        (var drop, var mask, var options) = Choose(recipe);
        return Train(named, recipe, _context.Place.Called(recipe.Name), drop, mask, options, null);
    }

    /// <summary>Retrains with as many documents and tokens chosen at random.</summary>
    public string RunControl(DemoContext named, Recipe recipe)
    {
        (var drop, var mask, var options) = Choose(recipe);
        var seed = _context.Options.Seed + 1;
        drop = DocumentDropper.Random(_candidates, drop.Count, seed);
        if (mask is not null)
        {
            mask = RandomMask.Like(Kept(drop), mask, seed);
        }

        return Train(named, recipe, _context.Place.Called("control"), drop, mask, options, ControlRule);
    }

    private (IReadOnlyList<Decision> Drop, MaskResult? Mask, MaskOptions Options) Choose(Recipe recipe)
    {
        var drop = DocumentDropper.Select(_candidates, (int)Math.Round(recipe.DropShare * _candidates.Count));
        var options = new MaskOptions
        {
            Budget = recipe.MaskBudget,
            Quantile = recipe.Quantile,
            DocumentOrder = recipe.ByDocument ? [.. _candidates.OrderByDescending(d => d.Score).Select(d => d.Id)] : null,
        };
        return (drop, recipe.MaskBudget > 0 ? MaskSelector.Select(Kept(drop), options) : null, options);
    }

    private List<DocumentTokenScores> Kept(IReadOnlyList<Decision> drop)
    {
        HashSet<string> gone = [.. drop.Select(decision => decision.Id)];
        return [.. _tokens.Where(document => !gone.Contains(document.Id))];
    }

    private string Train(
        DemoContext named, Recipe recipe, string name, IReadOnlyList<Decision> drop, MaskResult? mask, MaskOptions options, string? rule)
    {
        var home = _context.Place.Home;
        var directory = home.CorpusDirectory(name);
        if (!Directory.Exists(directory))
        {
            List<Decision> decisions = [.. drop, .. mask is null ? [] : Decision.Masks(mask.ToDocumentMasks(), options.Rule, mask.Tau)];
            if (rule is not null)
            {
                decisions = [.. decisions.Select(decision => decision with { Rule = $"{rule}: as much as {recipe.InWords}" })];
            }

            var source = home.RunDirectory(_context.Place.Name);
            CorpusCurator.Run(
                new CurateOptions
                {
                    CorpusDirectory = home.CorpusDirectory(_context.Place.Name),
                    OutputDirectory = directory,
                    Plan = new CurationPlan(decisions, source),
                    RunDirectory = source,
                    Command = "tda demo",
                },
                _context.Time, named.Progress, _context.Cancel);
        }
        var maskFile = Path.Combine(directory, CurationFiles.Mask);
        return ClosedModel.Train(named, name, name, _baseName, _context.Options.FineTuning, mask is null ? null : maskFile, recipe.Penalty);
    }
}
