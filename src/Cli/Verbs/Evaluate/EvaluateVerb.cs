using Tda.Cli.Verbs.Banks;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate`: grades what a run or a surrogate says against what is known.</summary>
internal static class EvaluateVerb
{
    public static Command Build() => CommandExtensions.Verb("evaluate",
        "Grades runs against planted sources, against retrained models and against each other; grades a surrogate against the closed "
        + "model.",
        "tda evaluate planted --run guide-1 --source spam",
        LdsVerb.Build(), LeaveOneOutVerb.Build(), RemovalVerb.Build(), PlantedVerb.Build(), ProvenanceVerb.Build(), MislabelledVerb.Build(), SplitHalfVerb.Build(),
        ClassesVerb.Build(), WordsVerb.Build(), GradeBankVerb.Build(), PbrfVerb.Build(), FidelityVerb.Build(), CalibrateVerb.Build());
}
