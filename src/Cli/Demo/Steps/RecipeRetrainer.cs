using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Cli.Demo.Steps;

/// <summary>Makes curated corpora by recipes, and fine-tunes the closed model's base on each.</summary>
internal sealed class RecipeRetrainer
{
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
    public string Run(DemoContext named, Recipe recipe) => Train(named, recipe, _context.Place.Called(recipe.Name), Choose(recipe));

    /// <summary>Retrains with as many documents and tokens chosen at random, as `tda curate --at-random` does.</summary>
    public string RunControl(DemoContext named, Recipe recipe) => Train(
        named, recipe, _context.Place.Called("control"), RunPlan.AtRandom(Source, Choose(recipe), _context.Options.Seed + 1));

    private string Source => _context.Place.Home.RunDirectory(_context.Place.Name);

    private IReadOnlyList<Decision> Choose(Recipe recipe)
    {
        var drop = DocumentDropper.Select(_candidates, (int)Math.Round(recipe.DropShare * _candidates.Count));
        if (recipe.MaskBudget <= 0)
        {
            return drop;
        }

        var options = new MaskOptions
        {
            Budget = recipe.MaskBudget,
            Quantile = recipe.Quantile,
            DocumentOrder = recipe.ByDocument ? [.. _candidates.OrderByDescending(d => d.Score).Select(d => d.Id)] : null,
        };
        var mask = MaskSelector.Select(Kept(drop), options);
        return [.. drop, .. Decision.Masks(mask.ToDocumentMasks(), options.Rule, mask.Tau)];
    }

    private List<DocumentTokenScores> Kept(IReadOnlyList<Decision> drop)
    {
        HashSet<string> gone = [.. drop.Select(decision => decision.Id)];
        return [.. _tokens.Where(document => !gone.Contains(document.Id))];
    }

    private string Train(DemoContext named, Recipe recipe, string name, IReadOnlyList<Decision> decisions)
    {
        var home = _context.Place.Home;
        var directory = home.CorpusDirectory(name);
        named.Steps.Curate(new CurateOptions
        {
            CorpusDirectory = home.CorpusDirectory(_context.Place.Name),
            OutputDirectory = directory,
            Plan = new CurationPlan(decisions, Source),
            RunDirectory = Source,
        });
        var maskFile = recipe.MaskBudget > 0 ? Path.Combine(directory, CurationFiles.Mask) : null;
        return ClosedModel.Train(named, name, name, _baseName, _context.Options.FineTuning, maskFile, recipe.Penalty);
    }
}
