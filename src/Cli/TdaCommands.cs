using Tda.Cli.Verbs;
using Tda.Cli.Verbs.Banks;
using Tda.Cli.Verbs.Corpora;
using Tda.Cli.Verbs.Curate;
using Tda.Cli.Verbs.Evaluate;
using Tda.Cli.Verbs.Labels;
using Tda.Cli.Verbs.Prove;
using Tda.Cli.Verbs.Surrogates;
using Tda.Cli.Verbs.Things;
using Tda.GatewayHost.Verbs;
using Tda.GatewayHost.Verbs.Exchanges;
using Tda.ProxyTrainer.Engine;

namespace Tda.Cli;

/// <summary>The tree of verbs: those of the gateway's own program, and all that need the tensor engine.</summary>
public static class TdaCommands
{
    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Compute threads of LibTorch (small models are fastest on one)",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        Recursive = true,
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "Where models compute: auto (the first GPU, else the CPU), cpu, cuda or cuda:N",
        HelpName = "D",
        DefaultValueFactory = _ => "auto",
        Recursive = true,
    };

    private static readonly Option<ModelNumbers?> Numbers = Recursive(EnumOption.Of<ModelNumbers>(
        "--dtype", "What models compute in; bfloat16 halves their memory", ModelNumbers.Float32));

    private static readonly Option<bool> Recompute = new("--recompute")
    {
        Description = "Compute blocks again where gradients are taken: a fraction of the memory, a third more time",
        Recursive = true,
    };

    private const string FirstStep =
        "First step: tda corpus import ./documents --name docs    (your own documents)\n"
        + "       or:  tda demo                                     (see it all work first)\n"
        + "tda VERB --help explains a verb, with an example.";

    /// <summary>The verbs as the program's own page shows them. One that isn't here comes last, under "More".</summary>
    private static readonly VerbGroup[] Groups =
    [
        new("Start",
            ("demo", "runs the whole loop on real data, on this machine"),
            ("doctor", "says which engine, devices and memory were found"),
            ("plan", "says what a job will need in memory, disk and time")),
        new("Record",
            ("gateway", "forwards requests to a closed model and records them"),
            ("keys", "issues and revokes the keys of the gateway's clients"),
            ("exchanges", "lists, exports, verifies and erases what was recorded"),
            ("label", "labels answers and documents; trains what labels them")),
        new("Attribute",
            ("corpus", "imports and shows candidate training documents"),
            ("distill", "trains a small surrogate of the closed model"),
            ("surrogate", "takes a model from elsewhere as a surrogate; shows them"),
            ("drift", "says whether a surrogate has gone stale"),
            ("index", "makes an index of a corpus under a surrogate"),
            ("attribute", "ranks the documents behind answers"),
            ("datamodel", "retrains a surrogate on halves, to measure documents"),
            ("compare-runs", "says how far two runs over the same answers agree")),
        new("Curate",
            ("guide", "selects the training tokens to mask, for harmful answers"),
            ("reweight", "learns weights of documents towards a set of answers"),
            ("review", "serves the desk where people decide on answers and documents"),
            ("reviewers", "adds and changes the accounts of those who decide"),
            ("curate", "drops, masks or weighs documents, by a plan or a run"),
            ("decisions", "shows what reviewers decided, which curate obeys"),
            ("report", "writes a run as one self-contained page"),
            ("export", "writes a run's scores as tables (Parquet, JSON Lines)")),
        new("Prove",
            ("measure", "measures how often a model's answers are harmful"),
            ("curve", "measures harm against fluency over the mask's λ"),
            ("compare", "compares measurements before and after, with tests"),
            ("prove", "retrains on curations and controls, and compares"),
            ("evaluate", "grades scores against retraining and known sources"),
            ("lab", "trains and serves a closed model of our own")),
        new("Look after",
            ("ls", "lists what the home holds, and what it was made from"),
            ("show", "shows one thing with its options, files and lineage"),
            ("rm", "removes things that nothing else was made from"),
            ("gc", "removes what stopped or killed work left over"),
            ("completion", "prints completion for bash or zsh")),
    ];

    /// <summary>Builds the root command.</summary>
    public static RootCommand Build()
    {
        var root = TdaProgram.Root(
            "Tda: which training documents made a closed model answer as it did, and what happens without them.");
        root.Options.Add(Threads);
        root.Options.Add(Device);
        root.Options.Add(Numbers);
        root.Options.Add(Recompute);
        root.Subcommands.Add(GatewayVerb.Build());
        root.Subcommands.Add(KeysVerb.Build());
        root.Subcommands.Add(ReviewVerb.Build());
        root.Subcommands.Add(ReviewersVerb.Build());
        root.Subcommands.Add(CorpusVerb.Build());
        root.Subcommands.Add(ExchangesVerb.Build());
        root.Subcommands.Add(DecisionsVerb.Build());
        root.Subcommands.Add(LabelVerb.Build());
        root.Subcommands.Add(DistillVerb.Build());
        root.Subcommands.Add(SurrogateVerb.Build());
        root.Subcommands.Add(DriftVerb.Build());
        root.Subcommands.Add(IndexVerb.Build());
        root.Subcommands.Add(AttributeVerb.Build());
        root.Subcommands.Add(DatamodelVerb.Build());
        root.Subcommands.Add(GuideVerb.Build());
        root.Subcommands.Add(ReweightVerb.Build());
        root.Subcommands.Add(CurateVerb.Build());
        root.Subcommands.Add(EvaluateVerb.Build());
        root.Subcommands.Add(MeasureVerb.Build());
        root.Subcommands.Add(CurveVerb.Build());
        root.Subcommands.Add(CompareVerb.Build());
        root.Subcommands.Add(ProveVerb.Build());
        root.Subcommands.Add(LabVerb.Build());
        root.Subcommands.Add(ReportVerb.Build());
        root.Subcommands.Add(ExportVerb.Build());
        root.Subcommands.Add(CompareRunsVerb.Build());
        root.Subcommands.Add(PlanVerb.Build());
        root.Subcommands.Add(DoctorVerb.Build());
        root.Subcommands.Add(DemoVerb.Build());
        root.Subcommands.Add(LsVerb.Build());
        root.Subcommands.Add(ShowVerb.Build());
        root.Subcommands.Add(RmVerb.Build());
        root.Subcommands.Add(GcVerb.Build());
        root.Subcommands.Add(CompletionVerb.Build());
        root.Overview(FirstStep, Groups);
        CompletionVerb.AddNames(root);
        return root;
    }

    /// <summary>Sets the tensor engine up as the options say; a verb that computes calls it first.</summary>
    internal static void ConfigureEngine(this VerbContext context) =>
        TensorEngine.Configure(new EngineOptions
        {
            Threads = context.Get(Threads),
            Device = context.Get(Device),
            Numbers = context.Get(Numbers)!.Value,
            Recompute = context.Get(Recompute),
        });

    private static Option<T> Recursive<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }
}
