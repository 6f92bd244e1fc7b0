using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Measured;

namespace Tda.Bench.Banks;

/// <summary>
/// The recipe on a text bank: 1. the yardsticks, EK-FAC over all layers with the closed model's own weights and n-grams of its tokens; 2. surrogates as
/// `tda distill --for-attribution` makes them, of the closed model's tokenizer where that is known, and of a vocabulary that its answers betray where
/// it isn't, from which the closed model's own size is left out: a lab's tokenizer is trained as a surrogate's is, and a real one isn't; 3. EK-FAC, n-grams
/// and both; 4. surrogates of the closed model's tokenizer retrained: on the graded halves, which is the most that this kind of surrogate can know, and on others, for `datamodel`.
/// </summary>
internal sealed class RecipeStudy(TdaHome home, TextBankSetup setup, int retrainings, string results, IProgressSink progress, CancellationToken cancel)
{
    private const int Context = 192, OtherHalves = 1;
    private const double Level = .9;

    private static readonly MethodOptions Corrected = new() { Datamodel = new DatamodelOptions { Priors = ["ekfac", "ngram"], Level = Level } };

    public async Task RunAsync()
    {
        // 1.
        var recipe = new TextBankRecipe(home, setup, progress, cancel);
        var parts = await recipe.PrepareAsync().ConfigureAwait(false);
        var outcomes = RetrainingBank.Open(home.BankDirectory(setup.Name)).Outcomes(); // of an unfinished bank, what is there
        using var models = new TextBankModels(parts.Documents, parts.Asked, outcomes.Documents, outcomes.Queries, new CaptureOptions(), LayerScope.All);
        var closed = models.Folder("S0", parts.Closed).Members[0];
        var tokenizer = ModelTokenizer.Load(Path.Combine(parts.Closed, "tokenizer.json"));
        var report = new RecipeReport(
            Machine.Inspect(), setup.Name, outcomes.Subsets, outcomes.Losses.Min(subset => subset.Length), NoiseCeiling.Of(outcomes),
            NgramFloor.Of(outcomes, closed.Context.Documents, closed.Queries, tokenizer.Hash, cancellation: cancel), [], [], []);
        Console.WriteLine(FormattableString.Invariant($"noise ceiling {report.Ceiling?.Ceiling:F3}; models {report.Floor.Below} nats a token below n-grams"));
        var weights = Timed(closed, "ekfac", new MethodOptions());
        var words = Timed(closed, "ngram", new MethodOptions());
        Add("closed model's", "ekfac, its own weights", words.Scores, 0, weights);
        Add("closed model's", "ngram", words.Scores, 0, words);

        // 2.
        LoggedResponse[] log = [.. parts.Log.Select(LoggedResponse.Of)];
        int[] others = [.. TokenizerEvidence.Sizes.Where(size => size != tokenizer.VocabularySize)];
        foreach (var own in new[] { new DistillTokenizer("the closed model's", tokenizer), null })
        {
            var before = Environment.CpuUsage.TotalTime;
            var choice = AttributionRecipe.Choose(
                parts.Documents, log, own?.Tokenizer, new DistillOptions().VocabularySize, others, new DistillOptions().Training.BatchTokens, progress, cancel);
            report.Vocabularies.AddRange(choice.Candidates);
            var open = new DistillOptions { Tokenizer = own, Seed = 500 };
            var options = choice.Apply(open with { Model = open.Model with { MaxPositions = Context } }) with { Ensemble = 2 * AttributionRecipe.Ensemble };
            var name = own is null ? "unknown" : "known";
            var directory = recipe.Distil($"{setup.Name}-recipe-{name}", options, parts.Log);
            var trained = MakingSeconds(directory, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            var members = models.Surrogate(name, directory).Members;
            var tokens = own is null ? $"found, {choice.Vocabulary}" : "closed model's";

            // 3.
            var ngrams = Timed(members[0], "ngram", new MethodOptions());
            if (own is null)
            {
                Add(tokens, "ngram", ngrams.Scores, 0, ngrams);
            }

            var gradients = members.Select(member => Timed(member, "ekfac", new MethodOptions())).ToArray();
            Add(tokens, "ekfac", ngrams.Scores, trained, gradients);
            var both = gradients.Select(own => (Fused(own.Scores, ngrams.Scores), own.Seconds)).ToArray();
            Add(tokens, "ekfac and ngram", ngrams.Scores, trained, both);
            Add(tokens, "ekfac and ngram, as many models as the recipe's", ngrams.Scores, trained / 2, both[..(both.Length / 2)]);

            // 4.
            if (retrainings > 0 && own is not null)
            {
                var graded = Bank(name, "graded", directory, parts, setup.Subsets, 0);
                report = report with { OwnRetrainings = Agreement(graded.Outcomes, outcomes) };
                Console.WriteLine(FormattableString.Invariant($"{tokens}: one surrogate's own retrainings agree with the closed model's {report.OwnRetrainings:F3}"));
                var fitted = Bank(name, "other", directory, parts, retrainings, OtherHalves);
                var measured = members.Take(AttributionRecipe.Ensemble).Select(member => Timed(
                    member with { Context = member.Context with { Outcomes = fitted.Outcomes } }, DatamodelInfluence.MethodName, Corrected)).ToArray();
                Add(tokens, $"datamodel of {retrainings} halves, prior ekfac and ngram", ngrams.Scores, trained / 2 + fitted.Seconds, measured);
                report.Intervals.Add(Held(tokens, fitted.Outcomes, graded.Outcomes, [.. gradients.Take(1).Append(ngrams).Select(one => one.Scores)]));
            }

            report.Write(results);
        }

        void Add(string tokens, string method, ScoreMatrix ngrams, double training, params (ScoreMatrix Scores, double Seconds)[] members)
        {
            var options = new BootstrapOptions();
            var mean = EnsembleSpread.Mean([.. members.Select(member => member.Scores)]);
            var line = new RecipeLine(
                tokens, method, members.Length,
                members.Average(member => LdsGrader.Grade(member.Scores, outcomes, options with { Resamples = 0 }).Lds.Value),
                LdsGrader.Grade(mean, outcomes, options).Lds,
                LdsGrader.Difference(mean, weights.Scores, outcomes, options), LdsGrader.Difference(mean, ngrams, outcomes, options),
                training, members.Sum(member => member.Seconds));
            report.Lines.Add(line);
            report.Write(results);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{tokens,-16}{method,-50}{line.Members,3} {line.Single,6:F3}  {line.Whole}  over weights {line.OverWeights}  over n-grams {line.OverNgrams}  {training:F0} + {line.ScoringSeconds:F0} s"));
        }

        (ScoreMatrix Scores, double Seconds) Timed(GradedMember member, string method, MethodOptions options)
        {
            var before = Environment.CpuUsage.TotalTime;
            var scores = MemberScores.Of(member, outcomes.Queries, method, options, cancel);
            return (scores, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
    }

    /// <summary>As method fused does, of scores that are there.</summary>
    private static ScoreMatrix Fused(ScoreMatrix first, ScoreMatrix second)
    {
        var fused = new ScoreMatrix(first.Targets, first.Documents);
        for (var q = 0; q < first.Targets; q++)
        {
            StandardisedSum.Fuse([first.Row(q).ToArray(), second.Row(q).ToArray()]).CopyTo(fused.Row(q));
        }

        return fused;
    }

    /// <summary>Retrainings of a surrogate on halves, one model each, with the processor time that they took when they were made.</summary>
    private (RetrainingOutcomes Outcomes, double Seconds) Bank(string name, string halves, string surrogate, TextBankMade parts, int subsets, long seed)
    {
        var before = Environment.CpuUsage.TotalTime;
        var directory = home.BankDirectory($"{setup.Name}-recipe-{name}-{halves}");
        var bank = TextBank.Run(
            new TextBankOptions
            {
                OutputDirectory = directory,
                CorpusDirectory = home.CorpusDirectory(setup.Name),
                SurrogateDirectory = surrogate,
                Queries = parts.Asked,
                Plan = (documents, queries) => BankPlan.HalfSubsets(documents, queries, subsets, 1, seed),
                Command = "bench recipe",
            },
            TimeProvider.System, progress, cancel);
        return (bank.Outcomes(), MakingSeconds(directory, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
    }

    /// <summary>What making something took when it was made: kept beside it, since a later run finds it there. Of what was stopped and gone on with, the last part.</summary>
    private static double MakingSeconds(string directory, double now)
    {
        var path = directory + ".seconds";
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, now.ToString(CultureInfo.InvariantCulture));
        }

        return double.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
    }

    /// <summary>Spearman over subsets between two models' losses after training on the same, mean over queries: what a perfect knowledge of the one says of the other.</summary>
    private static double Agreement(RetrainingOutcomes own, RetrainingOutcomes theirs) => theirs.Queries.Index()
        .Average(query => Correlation.Spearman(LdsGrader.Measured(own, query.Index), LdsGrader.Measured(theirs, query.Index)));

    /// <summary>Fits on some halves of a surrogate, and looks whether the intervals for others hold what was measured there.</summary>
    private static HeldInterval Held(string tokens, RetrainingOutcomes fitted, RetrainingOutcomes held, ScoreMatrix[] priors)
    {
        var design = new InclusionDesign(fitted.Kept);
        int[] queries = [.. Enumerable.Range(0, fitted.Queries.Count)];
        var posterior = DatamodelPosterior.Fit(
            design, [.. queries.Select(q => LdsGrader.Measured(fitted, q))],
            [.. queries.Select(q => priors.Select(prior => prior.Row(q).ToArray().Select(s => float.IsNaN(s) ? 0.0 : s).ToArray()).ToArray())]);
        var inside = 0;
        foreach (var q in queries)
        {
            var measured = LdsGrader.Measured(held, q);
            for (var m = 0; m < held.Subsets; m++)
            {
                var (loss, width) = posterior.Predict(q, held.Kept[m], Level);
                inside += Math.Abs(measured[m] - loss) <= width ? 1 : 0;
            }
        }

        var all = queries.Length * held.Subsets;
        return new HeldInterval(tokens, fitted.Subsets, Level, (double)inside / all, all);
    }
}
