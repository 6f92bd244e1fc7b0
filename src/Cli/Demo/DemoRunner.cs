using Tda.Cli.Demo.Steps;
using Tda.Cli.Proving;
using Tda.Curation.Measures;
using Tda.Labels.Classifiers;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Engine;
using Tda.Store.Verification;

namespace Tda.Cli.Demo;

/// <summary>
/// The product's main job on real input, from an empty folder to a report. Every step leaves files and is skipped when they are
/// there, so that a stopped demo goes on and a second one reuses what the first made.
/// </summary>
public static class DemoRunner
{
    /// <summary>Runs the demo.</summary>
    public static async Task<DemoResult> RunAsync(TdaHome home, DemoOptions options, IProgressSink progress, CancellationToken cancel)
    {
        var place = new DemoPlace(home, options);
        var context = new DemoContext(place, options, progress, cancel);
        void Say(int step, string what) => progress.Message($"[{step}/10] {what}");

        // 1. Real mail and speeches; no mail and no speech stands in two sets.
        Say(1, "data: real mail and speeches");
        var sets = await Preparation.RunAsync(context);
        Measuring.WritePrompts(context, sets);

        // 2. A judge that has seen none of the candidate corpus.
        Say(2, "harm classifier, on labelled mail that is in no candidate corpus");
        var judge = ClosedModel.Judge(context, sets);

        // 3. The closed model. One thread a job: on shared cores two threads wait for each other at every operator.
        Say(3, "the closed model: a base, then fine-tuned on the candidate corpus");
        TensorEngine.Configure(new EngineOptions { Threads = 1 });
        var baseName = ClosedModel.Base(context.Named("base"));
        var closed = ClosedModel.FineTuned(context.Named("fine-tuning"), baseName);

        // 4. A client that knows only the API talks to it through the gateway.
        Say(4, "talking to the closed model through the gateway");
        await ExchangeLog.RunAsync(context, sets, closed);
        var exchanges = await ExchangeLog.ReadAsync(context);

        // 5. From here to the mask nothing of the closed model is used but its logged answers.
        Say(5, "distilling a surrogate from the log and the corpus");
        var fidelity = await Tracing.DistilAsync(context.Named("surrogate"), exchanges);

        // 6. Which answers are harmful, and which documents are behind them?
        Say(6, "tracing the harmful answers to documents and tokens");
        (var harm, var safe) = Tracing.Queries(context, exchanges, judge.Classifier);
        var ranking = await Tracing.TraceAsync(context, harm, safe);

        // 7. Every recipe is tried on validation prompts: what the team would send to its vendor's fine-tuning API.
        Say(7, $"retraining by {options.Recipes.Count} recipes, side by side");
        var retraining = new RecipeRetrainer(context, baseName);
        var validationBefore = await Choosing.ValidateAsync(context.Named("before"), closed, judge);
        var recipes = await Choosing.TryAllAsync(context, retraining, judge);
        var chosen = Choosing.Choose(recipes, validationBefore, options);

        // 8. The control: as much, at random.
        Say(8, $"random control for the chosen recipe: {chosen.Recipe.InWords}");
        var control = retraining.RunControl(context.Named("random control"), chosen.Recipe);

        // 9. Only now are the test prompts asked.
        Say(9, "asking again, on test prompts");
        var test =
            await context.Steps.MeasureAllAsync((closed, chosen.Lab, control), lab => Measuring.Options(context, "test", lab), judge);

        // 10. The scorecard and the report.
        Say(10, "scorecard and report");
        var outcome = new Outcome(
            await ExchangeLog.VerifyAsync(context), exchanges, judge.Classifier.HeldOut, fidelity, ranking, validationBefore, recipes, chosen,
            test);
        var report = Reporting.Write(context, outcome);
        return new DemoResult(place.Name, report, Reporting.Scorecard(outcome, options));
    }
}

/// <summary>What the demo came to.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Report">Path of `report.html`.</param>
/// <param name="Scorecard">Every line of it was measured in this run.</param>
public sealed record DemoResult(string Run, string Report, Scorecard Scorecard);

/// <summary>Everything that one run of the demo measured.</summary>
/// <param name="Log">The whole log's check.</param>
/// <param name="Exchanges">Exchanges of this demo.</param>
/// <param name="Classifier">The classifier's own test.</param>
/// <param name="Fidelity">The surrogate on held-out answers.</param>
/// <param name="Ranking">How well the ranking finds the harmful source.</param>
/// <param name="ValidationBefore">Before, on the validation set.</param>
/// <param name="Recipes">All recipes on the validation set.</param>
/// <param name="Chosen">The chosen recipe.</param>
/// <param name="Test">Before, after, and the random control of the same size, on the test set.</param>
public sealed record Outcome(
    ExchangeVerification Log, IReadOnlyList<Exchange> Exchanges, ClassifierEvaluation Classifier, FidelityResult Fidelity,
    RankingQuality Ranking, MeasurementSummary ValidationBefore, IReadOnlyList<RecipeResult> Recipes, RecipeResult Chosen,
    MeasuredModels Test);
