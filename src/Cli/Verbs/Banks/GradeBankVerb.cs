using Tda.Cli.Verbs.Evaluate;
using Tda.Evaluation.Banks;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Banks;

/// <summary>`tda evaluate bank`: every method on the same ground truth.</summary>
internal static class GradeBankVerb
{
    private static readonly Option<string> Bank = CliOption.Required("--bank", "B", "Bank of random half subsets");
    private static readonly Option<string?> CorpusName = CliOption.Text("--corpus", "C", "Text bank: the corpus that it was made of");
    private static readonly Option<string?> Queries = CliOption.Text("--queries", "FILE.jsonl",
        "Text bank: the query file that it was made with");
    private static readonly Option<string[]> Models = new("--model")
    {
        Description = "Text bank: models that stand for a scenario, S0=lab:NAME or S3=surrogate:NAME; a surrogate's members are graded "
            + "alone and as an ensemble",
        HelpName = "SCENARIO=KIND:NAME",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<int> Members = CliOption.Default("--members", "N",
        "Bank of digits: proxies trained for each scenario", 5);
    private static readonly Option<string?> Scenarios = CliOption.Text("--scenarios", "A,B",
        $"Bank of digits: scenarios, comma between them, of {string.Join(", ", DigitScenarios.Names)}; default all");
    private static readonly Option<LayerScope?> Track = JobCost.Track();
    private static readonly Option<int?> FirstQueries = CliOption.Optional<int?>("--first-queries", "N",
        "Grade by the bank's first N queries only, which takes less time");
    private static readonly Option<string?> Methods = CliOption.Text("--methods", "A,B,C",
        "Methods, comma between them; default all whose needs are met");
    private static readonly Option<Normalisation?> Normal =
        EnumOption.Of<Normalisation>("--normalisation", "What a document's own size may do to its score; default each method's own", null);
    private static readonly Option<double> Damping = CliOption.Default("--damping", "F",
        "λ of a module as a multiple of its mean eigenvalue", .1);
    private static readonly Option<double?> AbsoluteDamping = CliOption.Optional<double?>("--absolute-damping", "L",
        "λ itself, for methods that invert a curvature, such as the weight decay of the training; default by --damping");
    private static readonly Option<string?> FitBank = CliOption.Text("--fit-bank", "B2",
        "--methods datamodel: the bank it is fitted on, such as a surrogate's own; default a share of the bank's subsets, and all methods "
        + "are graded on the others");
    private static readonly Option<double> FitShare = CliOption.Default("--fit-share", "F", "--methods datamodel: that share", .5);
    private static readonly DatamodelSwitches Fitting = new("--methods datamodel");
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N",
        "Seed of labels, projections, resamples and random scores");
    private static readonly Option<string?> Out = CliOption.Text("--out", "FILE",
        "Where the table goes as JSON, written anew after every method");

    public static Command Build() => CommandExtensions.Verb("bank",
        "Grades every influence method on a bank of retrainings: LDS with interval beside the noise ceiling, random scores and, of texts, "
        + "n-grams of the same documents, and time; says who could not run.",
        "tda evaluate bank --bank halves --corpus web --queries asked.jsonl --model S0=lab:closed S3=surrogate:small --methods "
        + "ekfac,grad-dot",
        Bank, CorpusName, Queries, Models, Members, Scenarios, Track, FirstQueries, Methods, Normal, Damping, AbsoluteDamping, FitBank, FitShare, Fitting.Priors, Fitting.Fit, Seed, Out).Runs(GradeAsync);

    private static async Task<int> GradeAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var options = new BankGraderOptions
        {
            Methods = CommaList.Of(context.Get(Methods)),
            Normalisation = context.Get(Normal),
            Method = new MethodOptions
            {
                DampingFactor = context.Get(Damping),
                Curvature = new() { AbsoluteDamping = context.Get(AbsoluteDamping) },
                Datamodel = Fitting.Read(context),
            },
            FitShare = context.Get(FitShare),
            FitOutcomes = context.Get(FitBank) is { } other ? RetrainingBank.Open(context.Home.BankDirectory(other)).Outcomes() : null,
            Lds = new() { Seed = context.Get(Seed) },
        };
        options.Validate();
        var bank = context.OpenBank(context.Get(Bank), BankKind.HalfSubsets);
        var outcomes = First(bank.Outcomes(), context.Get(FirstQueries));
        (var scenarios, var models) = DigitScenarios.Are(bank)
            ? await DigitScenarios.TrainAsync(context, bank, outcomes, CommaList.Of(context.Get(Scenarios)), context.Get(Members), context.Get(Seed))
            : Text(context, outcomes);
        using (models)
        {
            var floor = (models as TextBankModels)?.Floor(outcomes, bank.Manifest, context.Home.LabDirectory, options.Lds, context.Cancel);
            if (models is TextBankModels && floor is null)
            {
                context.Progress.Message("The bank's tokenizer isn't at hand, so its n-grams aren't counted: a model with it (--model S0=lab:NAME) brings it.");
            }

            var report = new BankGrader(outcomes, options).Run(scenarios, sofar => Save(sofar with { Ngram = floor }), context.Progress, context.Cancel) with { Ngram = floor };
            return context.Measured(report, console => Print(console, report));
        }

        void Save(BankReport sofar)
        {
            if (context.Get(Out) is { } file)
            {
                AtomicFile.WriteText(file, JsonSerializer.Serialize(sofar, EvaluateContext.Format) + "\n");
            }
        }
    }

    private static (IReadOnlyList<GradedScenario> Scenarios, IDisposable Models) Text(VerbContext context, RetrainingOutcomes outcomes)
    {
        (string Scenario, string Kind, string Name)[] wanted = [.. (context.Get(Models) ?? []).Select(Parse)];
        if (wanted.Length == 0 || context.Get(CorpusName) is not { } corpus || context.Get(Queries) is not { } queries)
        {
            throw new UsageException("A bank of texts needs --corpus, --queries and at least one --model.");
        }

        var models = new TextBankModels(
            Corpus.Open(context.Home.CorpusDirectory(corpus)), QueryFile.Read(queries), outcomes.Documents, outcomes.Queries,
            new CaptureOptions { Seed = context.Get(Seed) }, context.Get(Track)!.Value);
        try
        {
            GradedScenario[] scenarios = [.. wanted.Select(m => m.Kind == "lab"
                ? models.Folder(m.Scenario, context.Home.LabDirectory(m.Name))
                : models.Surrogate(m.Scenario, context.Home.SurrogateDirectory(m.Name)))];
            return (scenarios, models);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    private static RetrainingOutcomes First(RetrainingOutcomes outcomes, int? queries) => queries switch
    {
        null => outcomes,
        < 1 => throw new UsageException($"--first-queries must be at least 1, not {queries}"),
        { } count => outcomes.FirstQueries(Math.Min(count, outcomes.Queries.Count)),
    };

    private static (string Scenario, string Kind, string Name) Parse(string text)
    {
        var parts = text.Split(['=', ':'], 3);
        return parts is [{ Length: > 0 } scenario, "lab" or "surrogate", { Length: > 0 } name]
            ? (scenario, parts[1], name)
            : throw new UsageException($"--model {text}: give SCENARIO=lab:NAME or SCENARIO=surrogate:NAME, such as S3=surrogate:small");
    }

    private static void Print(IAnsiConsole console, BankReport report)
    {
        console.WriteTable(["scenario", "method", "models", "single", "LDS (95 %)", "s a model"], report.Grades.Select(grade => (string[])
            [grade.Scenario, grade.Method, $"{grade.Members}", F(grade.Single, "F3"), grade.Whole.Lds.ToString(), F(grade.Seconds, "F1")]));
        if (report.FittedOn is { } fitted)
        {
            console.WriteLine($"measured losses of {fitted:N0} subsets were fitted on; all methods are graded on {report.Subsets:N0} others");
        }

        console.WriteLine($"random scores: LDS {F(report.RandomMean, "F3")} on average, at most {F(report.RandomLargest, "F3")} in absolute value");
        console.WriteLine(LdsVerb.CeilingText(report.Ceiling));
        if (report.Ngram is { } floor)
        {
            console.WriteLine("n-grams of the same documents, nats a token (and LDS of their exact change): "
                + string.Join(", ", floor.Orders.Select(one => $"n = {one.Order} {F(one.Loss, "F2")} ({F(one.Lds, "F3")})")));
            console.WriteLine($"the retrained models: {F(floor.Model, "F2")} nats a token, {F(Math.Abs(floor.Below.Value), "F2")} {(floor.Below.Value < 0 ? "above" : "below")} n = {floor.Best} "
                + $"(95 % of how far below: {F(floor.Below.Low, "F2")} to {F(floor.Below.High, "F2")})"
                + (floor.Below.Low > 0 ? "" : ": no more than word sequences, so this bank says little about methods that see more"));
        }

        foreach (var failure in report.NotRun)
        {
            console.WriteLine($"{failure.Scenario} {failure.Method}: {(failure.Failed ? "FAILED: " : "not run: ")}{failure.Reason}");
        }
    }

    private static string F(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
