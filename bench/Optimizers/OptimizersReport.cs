using Tda.Bench.Running;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Optimizers;

/// <summary>The committed results of the verb `optimizers`.</summary>
internal sealed record OptimizersReport(Machine Machine, DateTimeOffset Time, int Studies, int Trials)
{
    public List<TargetLine> Targets { get; init; } = [];

    public List<RaceLine> Lines { get; init; } = [];

    public List<PassLine> Passes { get; init; } = [];

    public IReadOnlyList<ScoreLine> Scores { get; init; } = [];

    public void Write(string directory) => ResultFile.Write(directory, "optimizers", this);

    public static OptimizersReport Read(string directory) => ResultFile.Read<OptimizersReport>(directory, "optimizers")
        ?? throw new BadInputException(Path.Combine(directory, "optimizers.json"), "isn't there");

    /// <summary>This with another run's workloads. Ratios are taken within a workload, so that it doesn't matter how busy each run's machine was.</summary>
    public OptimizersReport With(OptimizersReport other) => this with
    {
        Targets = [.. Targets, .. other.Targets],
        Lines = [.. Lines, .. other.Lines],
        Passes = [.. Passes, .. other.Passes],
    };

    /// <summary>This with its scores.</summary>
    public OptimizersReport Scored() => this with { Scores = [.. Score("external"), .. Score("self-tuning")] };

    /// <summary>The scores of a track, over the workloads that all optimisers have run.</summary>
    private IReadOnlyList<ScoreLine> Score(string track)
    {
        var kinds = Enum.GetValues<OptimizerKind>();
        string[] names = [.. Targets.Select(target => target.Workload).Where(name => kinds.All(kind => Lines.Exists(line => Is(line, kind, name))))];
        bool Is(RaceLine line, OptimizerKind kind, string name) => line.Track == track && line.Optimizer == kind && line.Workload == name;
        if (names.Length == 0)
        {
            return [];
        }

        PerformanceProfile Of(Func<RaceLine, double> time) =>
            new([.. kinds.Select(kind => (double[])[.. names.Select(name => time(Lines.Single(line => Is(line, kind, name))))])]);
        var (seconds, steps) = (Of(line => line.Seconds), Of(line => line.Steps));
        return [.. kinds.Select((kind, k) => new ScoreLine(
            track, kind, seconds.Score(k), steps.Score(k), [.. new[] { 1, 1.5, 2, 3, 4 }.Select(tau => seconds.At(k, tau))],
            names.Zip(seconds.Ratios(k)).ToDictionary(pair => pair.First, pair => pair.Second)))];
    }
}

/// <summary>A workload's target.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Loss">Held-out loss to reach: the median over the optimisers, at their defaults, after three quarters of the steps.</param>
/// <param name="Steps">Most steps.</param>
internal sealed record TargetLine(string Workload, double Loss, int Steps);

/// <summary>An optimiser on a workload.</summary>
/// <param name="Track"><c>external</c> (best of five trials) or <c>self-tuning</c> (its defaults).</param>
/// <param name="Workload">On what.</param>
/// <param name="Optimizer">Which.</param>
/// <param name="Seconds">Median over studies of processor seconds to the target; ∞: missed.</param>
/// <param name="Steps">The same in steps.</param>
/// <param name="Studies">Each study's best: seconds, steps, and the options that it drew; null: all missed.</param>
internal sealed record RaceLine(
    string Track, string Workload, OptimizerKind Optimizer, double Seconds, double Steps, IReadOnlyList<StudyBest?> Studies);

/// <summary>The best trial of a study.</summary>
internal sealed record StudyBest(double Seconds, int Steps, TrainingOptions Options);

/// <summary>Whole trainings by the defaults; of a language model, one pass over its text.</summary>
/// <param name="Workload">On what.</param>
/// <param name="Optimizer">Which.</param>
/// <param name="Losses">Held-out loss at its end, of each seed.</param>
internal sealed record PassLine(string Workload, OptimizerKind Optimizer, IReadOnlyList<double> Losses);

/// <summary>AlgoPerf's score.</summary>
/// <param name="Track">External or self-tuning.</param>
/// <param name="Optimizer">Which.</param>
/// <param name="Seconds">B of processor seconds.</param>
/// <param name="Steps">B of steps.</param>
/// <param name="Profile">ρ of seconds at τ = 1, 1.5, 2, 3, 4.</param>
/// <param name="Ratios">Seconds over the best's, by workload; ∞: missed, or more than four.</param>
internal sealed record ScoreLine(
    string Track, OptimizerKind Optimizer, double Seconds, double Steps, IReadOnlyList<double> Profile, IReadOnlyDictionary<string, double> Ratios);
