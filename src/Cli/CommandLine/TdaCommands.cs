using System.CommandLine;
using Tda.Cli.Verbs;
using Tda.Cli.Verbs.Evaluate;
using Tda.Cli.Verbs.Exchanges;

namespace Tda.Cli.CommandLine;

/// <summary>The tree of verbs.</summary>
public static class TdaCommands
{
    /// <summary>Builds the root command.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand(
            "Tda: which training documents made a closed model answer as it did, and what happens without them.\n\n"
            + "Example:\n  tda demo                                  the whole loop on real data\n"
            + "  tda gateway --upstream https://api.openai.com --listen http://127.0.0.1:8787");
        root.Options.Add(CommonOptions.Home);
        root.Options.Add(CommonOptions.Store);
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Verbose);
        root.Options.Add(CommonOptions.Threads);
        root.Subcommands.Add(GatewayVerb.Build());
        root.Subcommands.Add(KeysVerb.Build());
        root.Subcommands.Add(CorpusVerb.Build());
        root.Subcommands.Add(ExchangesVerb.Build());
        root.Subcommands.Add(DistillVerb.Build());
        root.Subcommands.Add(IndexVerb.Build());
        root.Subcommands.Add(AttributeVerb.Build());
        root.Subcommands.Add(GuideVerb.Build());
        root.Subcommands.Add(CurateVerb.Build());
        root.Subcommands.Add(EvaluateVerb.Build());
        root.Subcommands.Add(LabVerb.Build());
        root.Subcommands.Add(ReportVerb.Build());
        root.Subcommands.Add(PlanVerb.Build());
        root.Subcommands.Add(DoctorVerb.Build());
        root.Subcommands.Add(DemoVerb.Build());
        return root;
    }
}
