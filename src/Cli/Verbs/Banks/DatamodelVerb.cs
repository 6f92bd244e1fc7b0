using Tda.Evaluation.Banks;

namespace Tda.Cli.Verbs.Banks;

/// <summary>`tda datamodel`: retrainings of a surrogate on subsets, the measurements that `attribute --method datamodel` corrects scores by.</summary>
internal static class DatamodelVerb
{
    private static readonly Option<string> Surrogate = CliOption.Required("--surrogate", "S",
        "Surrogate whose training is repeated, from fresh weights or from its base");
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Corpus that it was distilled from");
    private static readonly Option<string> Queries = CliOption.Required("--queries", "FILE.jsonl", "Answers whose losses are measured");
    private static readonly Option<string> Name = CliOption.Required("--name", "B", "The bank's name");
    private static readonly Option<int> Subsets = CliOption.Default("--subsets", "M", "Halves of the documents to train on", 64).AtLeast(1);
    private static readonly Option<int> Seeds = CliOption.Default("--seeds", "R",
        "Models a half, which differ in seed; another half tells more than another seed", 1).AtLeast(1);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Draws the halves");
    private static readonly Option<string?> Adaptive = CliOption.Text("--adaptive", "BANK",
        "Choose the halves for what they tell, by what this bank has measured of the same queries, instead of at random");
    private static readonly Option<int> Top = CliOption.Default("--top", "N",
        "--adaptive: the ranking's first N documents are to become sure", 10).AtLeast(1);
    private static readonly Option<string> Shard = CliOption.Default("--shard", "i/n",
        "Only this part of the retrainings: i of n, from 0", "0/1");

    public static Command Build() => CommandExtensions.Verb("datamodel",
        "Measures what documents do, by retraining a surrogate on halves of them.",
        "tda datamodel train --surrogate small --corpus mail --queries queries.jsonl --name mail-measured", Train());

    private static Command Train() => CommandExtensions.Verb("train",
        "Retrains a surrogate on halves of the corpus and keeps what each model loses on the answers. Then: tda attribute --method datamodel "
        + "--bank B. Goes on where a stopped run left off, and several may fill shards of one bank.",
        "tda datamodel train --surrogate small --corpus mail --queries queries.jsonl --subsets 64 --name mail-measured",
        Surrogate, CorpusName, Queries, Name, Subsets, Seeds, Seed, Adaptive, Top, Shard).Runs(RunAsync).Resumes();

    private static Task<int> RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var bank = TextBank.Run(
            new TextBankOptions
            {
                OutputDirectory = context.Home.BankDirectory(context.Get(Name)),
                CorpusDirectory = context.Home.CorpusDirectory(context.Get(CorpusName)),
                SurrogateDirectory = context.Home.SurrogateDirectory(context.Get(Surrogate)),
                Queries = QueryFile.Read(context.Get(Queries)),
                Plan = (documents, asked) => Plan(context, documents, asked),
                Shard = BankShard.Parse(context.Get(Shard)),
                Command = "tda datamodel train",
            },
            TimeProvider.System, context.Progress, context.Cancel);
        var shown = new
        {
            bank.Directory,
            Documents = bank.Plan.Documents.Count,
            Queries = bank.Plan.Queries.Count,
            Subsets = bank.Plan.Kept.Count,
            bank.Plan.Seeds,
            Missing = bank.Missing.Count,
            Base = RetrainingBase.Of(bank.Manifest),
        };
        return Task.FromResult(context.Done(shown, console =>
        {
            console.WriteLine($"{shown.Directory}: {shown.Subsets:N0} halves of {shown.Documents:N0} documents, {shown.Seeds} models each, "
                + $"{shown.Queries:N0} queries; {shown.Missing:N0} retrainings missing{(shown.Base is null ? "" : $"; {shown.Base}")}");
            console.WriteLine($"next: tda attribute --method datamodel --bank {context.Get(Name)} --index I --queries {context.Get(Queries)}");
        }));
    }

    private static BankPlan Plan(VerbContext context, IReadOnlyList<string> documents, IReadOnlyList<string> queries)
    {
        if (context.Get(Adaptive) is not { } from)
        {
            return BankPlan.HalfSubsets(documents, queries, context.Get(Subsets), context.Get(Seeds), context.Get(Seed));
        }

        var measured = RetrainingBank.Open(context.Home.BankDirectory(from));
        if (!measured.Plan.Documents.SequenceEqual(documents) || !measured.Plan.Queries.SequenceEqual(queries))
        {
            throw new BadInputException(measured.Directory, "was measured of other documents or other queries",
                remedy: "Name a bank of this corpus and this query file.");
        }

        if (measured.Missing.Count > 0)
        {
            // What is chosen must not depend on when it is asked, or the bank couldn't go on after a stop.
            throw new BadInputException(measured.Directory, $"{measured.Missing.Count:N0} of its retrainings are missing",
                remedy: "Run the command that fills it again.");
        }

        return AdaptivePlan.Of(
            measured.Outcomes(), context.Get(Subsets), context.Get(Seeds), context.Get(Top), context.Get(Seed), context.Cancel);
    }
}
