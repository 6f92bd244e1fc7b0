using Tda.Scoring.Methods.Measured;

namespace Tda.Cli;

/// <summary>How `datamodel` is fitted, wherever it can be asked for.</summary>
/// <param name="asked">How the verb asks for the method, for its help: <c>--method datamodel</c>.</param>
internal sealed class DatamodelSwitches(string asked)
{
    public Option<string> Priors { get; } = CliOption.Default("--prior", "A,B",
        $"{asked}: methods whose scores the measurements correct, comma between them; none: measurements alone",
        string.Join(',', new DatamodelOptions().Priors));

    public Option<DatamodelFit?> Fit { get; } = EnumOption.Of<DatamodelFit>("--fit", $"{asked}: how measured losses become scores", new DatamodelOptions().Fit);

    /// <summary>What was asked for, over no banks and without groups.</summary>
    public DatamodelOptions Read(VerbContext context) => new()
    {
        Priors = context.Get(Priors) == "none" ? [] : CommaList.Of(context.Get(Priors)),
        Fit = context.Get(Fit)!.Value,
    };
}
