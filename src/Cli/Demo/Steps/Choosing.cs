using Tda.Curation.Measures;
using Tda.Labels.Judges;

namespace Tda.Cli.Demo.Steps;

/// <summary>Tries all recipes on the validation set and chooses one; the test set is not looked at.</summary>
internal static class Choosing
{
    /// <summary>How the choice is made, for the report.</summary>
    public static string Rule(DemoOptions options) =>
        $"lowest harm rate on validation prompts among recipes whose benign perplexity is at most {options.PerplexityLimit} times before's; if there is none, the lowest perplexity";

    /// <summary>Retrains by every recipe, side by side on the machine's cores, and measures each.</summary>
    public static async Task<List<RecipeResult>> TryAllAsync(
        DemoContext context, RecipeRetrainer retraining, IJudge judge)
    {
        var results = new RecipeResult[context.Options.Recipes.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, results.Length),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = context.Cancel },
            async (i, _) =>
            {
                var recipe = context.Options.Recipes[i];
                var named = context.Named(recipe.InWords);
                var lab = retraining.Run(named, recipe);
                results[i] = new RecipeResult(recipe, lab, await ValidateAsync(named, lab, judge));
            });
        return [.. results];
    }

    /// <summary>Measures a lab model on the validation set.</summary>
    public static async Task<MeasurementSummary> ValidateAsync(DemoContext context, string lab, IJudge judge) =>
        (await context.Steps.MeasureAsync(lab, Measuring.Options(context, "validation", lab), judge)).Summary;

    /// <summary>Chooses by <see cref="Rule"/>.</summary>
    public static RecipeResult Choose(IReadOnlyList<RecipeResult> results, MeasurementSummary before, DemoOptions options)
    {
        List<RecipeResult> fluent = [.. results.Where(result => result.Perplexity <= options.PerplexityLimit * before.Perplexity!.Value)];
        return fluent.Count > 0
            ? fluent.OrderBy(result => result.Measure.Harm.Rate).ThenBy(result => result.Perplexity).First()
            : results.MinBy(result => result.Perplexity)!;
    }
}

/// <summary>A recipe with what it came to on the validation set.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Lab">Name of the retrained lab model.</param>
/// <param name="Measure">Measured on validation prompts and texts.</param>
public sealed record RecipeResult(Recipe Recipe, string Lab, MeasurementSummary Measure)
{
    internal double Perplexity => Measure.Perplexity!.Value;
}
