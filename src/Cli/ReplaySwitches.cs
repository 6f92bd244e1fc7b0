using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.Scoring.Index;
using Tda.Scoring.Replay;

namespace Tda.Cli;

/// <summary>How a surrogate's training is replayed, and the logged answers that it was distilled from, without which it can't be.</summary>
internal sealed class ReplaySwitches
{
    public Option<double> Tolerance { get; } = CliOption.Default("--replay-tolerance", "SHARE",
        "--method replay: how far the weights may come out from those stored, as a share of their length; 0: to the bit", new ReplayOptions().Tolerance).Within(0, .1);

    public Option<int> Memory { get; } = CliOption.Default("--replay-mib", "MIB",
        "--method replay: memory for states of the training that needn't be computed again", new ReplayOptions().MemoryMebibytes).Within(1, 1 << 20);

    /// <summary>What was asked for, with the answers where the method is replay and the surrogate was distilled from some.</summary>
    /// <exception cref="BadInputException">It isn't noted which answers those were.</exception>
    public async Task<ReplayOptions> ReadAsync(VerbContext context, string index, string? method)
    {
        var options = new ReplayOptions { Tolerance = context.Get(Tolerance), MemoryMebibytes = context.Get(Memory) };
        if (method != ReplayMethod.MethodName)
        {
            return options;
        }

        var directory = context.Home.SurrogateDirectory(IndexDirectory.Open(context.Home.IndexDirectory(index), verify: false).Info.Surrogate);
        if (!File.Exists(Path.Combine(directory, Manifest.FileName)) || Surrogate.Open(directory, verify: false) is not { IsDistilled: true } surrogate
            || !RepeatableTraining.HasAnswers(surrogate))
        {
            return options; // what else is missing, the method says
        }

        var window = surrogate.Window()?.Log ?? throw new BadInputException(
            directory, "it isn't noted which exchanges this surrogate was distilled from", remedy: "Its training can't be repeated without them: distil it again.");
        var (answers, _, _) = await LoggedAnswers.ReadAsync(context, window.Filter, window.Exclude, window.Last);
        return options with { Answers = answers };
    }
}
