using System.Text.Json.Nodes;
using Tda.Cli.Demo.Data;
using Tda.Cli.Proving;
using Tda.Curation.Measures;
using Tda.GatewayHost.Terminal;
using Tda.Labels.Agreement;

namespace Tda.Cli.Demo;

/// <summary>
/// The product's main job on real input, from an empty folder to a report: an order of the verbs that everybody has. Only the data, the
/// team's program that talks to the closed model, and the scorecard are the demo's own.
/// </summary>
internal static class DemoRunner
{
    /// <summary>The source that the demo knows to be harmful; used to grade the ranking, never to make it.</summary>
    private const string HarmfulSource = "spam";

    public static async Task<DemoResult> RunAsync(VerbContext context, DemoOptions options)
    {
        var demo = new DemoSteps(context, options);
        string name = demo.Name, tagged = $"tag:{Conversation.Tag}={name}", closed = $"{name}-closed";
        var seed = $"--seed {options.Seed}";

        // 1. Real mail and speeches; no mail and no speech stands in two sets.
        demo.Say("[1/9] data: real mail and speeches");
        var files = await DemoFiles.EnsureAsync(
            Path.Combine(demo.Home.Root, "demo", "packages"), PlainText.ShortPath(Path.Combine(demo.Notes, "data")), options, demo.Progress, demo.Cancel);
        await demo.RunAsync("corpus", $"corpus import {files.Candidates} --name {name}");
        await demo.RunAsync("base-corpus", $"corpus import {files.BaseText} --name {name}-base");

        // 2. A judge that has seen none of the candidate corpus.
        demo.Say("[2/9] harm classifier, on labelled mail that is in no candidate corpus");
        var judge = await demo.RunAsync("judge", $"label train --examples {files.Labelled} --name {name}", $"{options.Judge} {seed}");

        // 3. The closed model.
        demo.Say("[3/9] the closed model: a base, then fine-tuned on the candidate corpus");
        await demo.RunAsync("base", $"lab train --corpus {name}-base --name {name}-base", $"{options.Base} {seed}");
        await demo.RunAsync("closed", $"lab train --corpus {name} --base {name}-base --name {closed}", $"{options.FineTuning} {seed}");

        // 4. A client that knows only the API talks to it through the gateway.
        demo.Say("[4/9] talking to the closed model through the gateway");
        var talk = await new Conversation(demo.Home, name, options, demo.Progress, demo.Cancel).RunAsync(closed, files.ReadTalk());
        var log = await demo.RunAsync("log", $"exchanges verify");

        // 5. From here to the mask nothing of the closed model is used but its logged answers.
        demo.Say("[5/9] distilling a surrogate from the log and the corpus");
        var surrogate = await demo.RunAsync(
            "surrogate", $"distill --corpus {name} --name {name} --exchanges {tagged}", $"{options.Surrogate} {seed}");

        // 6. Which answers are harmful, and which documents are behind them?
        demo.Say("[6/9] tracing the harmful answers to documents and tokens");
        await demo.RunAsync("labels", $"label exchanges {tagged} --with {name}");
        await demo.RunAsync("index", $"index --surrogate {name} --corpus {name} --name {name}", $"{options.Index} {seed}");
        await demo.RunAsync(
            "run",
            $"guide --index {name} --harm-exchanges label:harm>=.5,{tagged} --safe-exchanges label:harm<.5,{tagged} --max-queries 10000 --run {name}",
            options.Guide);
        var ranking = await demo.RunAsync("ranking", $"evaluate planted --run {name} --source {HarmfulSource} --at 50");

        // 7. Every recipe is tried on validation prompts: what the team would send to its vendor's fine-tuning API.
        demo.Say($"[7/9] retraining by {options.Recipes.Count} recipes, and once for every λ, side by side");
        var asking = $"{options.Asking} --seed {options.Seed + 17}"; // not the seed of the logged answers
        var before = await ValidateAsync(demo.Named("before"), closed);
        var recipes = new RecipeResult[options.Recipes.Count];
        JsonNode? curve = null;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1 + recipes.Length),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = demo.Cancel },
            async (i, _) =>
            {
                if (i == recipes.Length)
                {
                    curve = await CurveAsync(demo.Named("every λ"), $"{name}-curve");
                    return;
                }

                var recipe = options.Recipes[i];
                var (steps, model) = (demo.Named(recipe.InWords), $"{name}-{recipe.Name}");
                await steps.RunAsync($"{recipe.Name}-corpus", $"curate --corpus {name} --run {name} --name {model}", recipe.Curate);
                await steps.RunAsync(
                    recipe.Name, $"lab train --corpus {model} --base {name}-base --name {model} --penalty {recipe.Penalty}",
                    $"{options.FineTuning} {seed}");
                recipes[i] = new(recipe, model, await ValidateAsync(steps, model));
            });
        var chosen = Choose(recipes, before, options);

        // 8. The test prompts are asked only now: before, after, with as much changed at random, and without the harmful source, which only the grader knows.
        demo.Say($"[8/9] the proof, on test prompts, of the chosen recipe: {chosen.Recipe.InWords}");
        await demo.RunAsync(
            "proof",
            $"prove --lab {closed} --corpus {chosen.Model} --prompts {files.Prompts("test")} --benign {files.Benign("test")} --judge {name} --control random --control without:{HarmfulSource} --out {name}-proof --penalty {chosen.Recipe.Penalty} --control-seed {options.Seed + 1}",
            $"{options.Asking} --answer-seed {options.Seed + 17}");
        MeasurementSummary Test(string model) => Measurement.Open(demo.Home.MeasureDirectory($"{name}-proof-{model}")).Summary;

        // 9. The scorecard and the report.
        demo.Say("[9/9] scorecard and report");
        var outcome = new Outcome
        {
            Log = log,
            Exchanges = talk.Count,
            Streamed = talk.Count(exchange => exchange.Streamed),
            Judge = Read<LabelAgreement>(judge["labels"]![0]!),
            Surrogate = surrogate,
            Ranking = ranking,
            ValidationBefore = before,
            Recipes = recipes,
            Chosen = chosen,
            Curve = Read<MeasuredCurve>(curve!),
            Before = Test("before"),
            After = Test(chosen.Model),
            Control = Test("random"),
            Ceiling = Test("without"),
        };
        var scorecard = DemoScorecard.Write(demo, outcome, options);
        await context.RunVerbAsync(demo.Progress, ["report", name, "--harmful-source", HarmfulSource]);
        return new DemoResult(name, Path.Combine(demo.Home.RunDirectory(name), "report.html"), demo.Commands, scorecard);

        async Task<JsonNode> CurveAsync(DemoSteps steps, string model)
        {
            await steps.RunAsync($"{model}-corpus", $"curate --corpus {name} --run {name} --name {model}", options.Curve.Curate);
            await steps.RunAsync(
                $"{model}-lab", $"lab train --corpus {model} --base {name}-base --name {model}", $"{options.Curve.Train} {options.FineTuning} {seed}");
            return await steps.RunAsync(
                model,
                $"curve --lab {model} --prompts {files.Prompts("validation")} --benign {files.Benign("validation")} --judge {name} --out {model}",
                $"{options.Curve.Measure} {asking}");
        }

        async Task<MeasurementSummary> ValidateAsync(DemoSteps steps, string model)
        {
            return Read<MeasurementSummary>(await steps.RunAsync(
                $"{model}-validation",
                $"measure --lab {model} --prompts {files.Prompts("validation")} --benign {files.Benign("validation")} --judge {name} --out {model}-validation",
                asking));
        }
    }

    /// <summary>A verb's result, or a part of it, as the type that it was printed from.</summary>
    public static T Read<T>(JsonNode result) => result.Deserialize<T>(JsonDefaults.Options)!;

    /// <summary>How the choice is made, for the report.</summary>
    public static string Rule(DemoOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"lowest harm rate on validation prompts among recipes whose benign perplexity is at most {options.PerplexityLimit} times before's; if there is none, the lowest perplexity");

    private static RecipeResult Choose(IReadOnlyList<RecipeResult> results, MeasurementSummary before, DemoOptions options)
    {
        List<RecipeResult> fluent = [.. results.Where(result => result.Perplexity <= options.PerplexityLimit * before.Perplexity!.Value)];
        return fluent.Count > 0
            ? fluent.OrderBy(result => result.Measure.Harm.Rate).ThenBy(result => result.Perplexity).First()
            : results.MinBy(result => result.Perplexity)!;
    }
}

/// <summary>What the demo came to.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Report">Path of `report.html`.</param>
/// <param name="Commands">Path of the file with every command that it ran.</param>
/// <param name="Scorecard">Every line of it was measured in this run.</param>
internal sealed record DemoResult(string Run, string Report, string Commands, Scorecard Scorecard);

/// <summary>A recipe with what it came to on the validation set.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Model">Name of the curated corpus and of the lab model trained on it.</param>
/// <param name="Measure">Measured on validation prompts and texts.</param>
internal sealed record RecipeResult(Recipe Recipe, string Model, MeasurementSummary Measure)
{
    public double Perplexity => Measure.Perplexity!.Value;
}
