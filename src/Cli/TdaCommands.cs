using Tda.Cli.Verbs;
using Tda.Cli.Verbs.Evaluate;
using Tda.Cli.Verbs.Prove;
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

    /// <summary>Builds the root command.</summary>
    public static RootCommand Build()
    {
        var root = TdaProgram.Root(
            "Tda: which training documents made a closed model answer as it did, and what happens without them.\n\n"
            + "Example:\n  tda demo                                  the whole loop on real data\n"
            + "  tda gateway --upstream https://api.openai.com --listen http://127.0.0.1:8787");
        root.Options.Add(Threads);
        root.Subcommands.Add(GatewayVerb.Build());
        root.Subcommands.Add(KeysVerb.Build());
        root.Subcommands.Add(CorpusVerb.Build());
        var exchanges = ExchangesVerb.Build();
        exchanges.Subcommands.Add(LabelVerb.Build());
        root.Subcommands.Add(exchanges);
        root.Subcommands.Add(DistillVerb.Build());
        root.Subcommands.Add(IndexVerb.Build());
        root.Subcommands.Add(AttributeVerb.Build());
        root.Subcommands.Add(GuideVerb.Build());
        root.Subcommands.Add(CurateVerb.Build());
        root.Subcommands.Add(EvaluateVerb.Build());
        root.Subcommands.Add(JudgeVerb.Build());
        root.Subcommands.Add(MeasureVerb.Build());
        root.Subcommands.Add(CompareVerb.Build());
        root.Subcommands.Add(ProveVerb.Build());
        root.Subcommands.Add(LabVerb.Build());
        root.Subcommands.Add(ReportVerb.Build());
        root.Subcommands.Add(CompareRunsVerb.Build());
        root.Subcommands.Add(PlanVerb.Build());
        root.Subcommands.Add(DoctorVerb.Build());
        root.Subcommands.Add(DemoVerb.Build());
        return root;
    }

    /// <summary>Sets the tensor engine up as the options say; a verb that computes calls it first.</summary>
    internal static void ConfigureEngine(this VerbContext context) =>
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(Threads) });
}
