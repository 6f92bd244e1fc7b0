using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Replay;

/// <summary>Holds a repeated training against what the first one left: its checkpoints, and the weights that it ended with.</summary>
internal sealed class ReplayVerifier
{
    private readonly OpenedSurrogate _opened;
    private readonly double _tolerance;
    private readonly int _last;
    private readonly Dictionary<int, Checkpoint> _unchecked;
    private bool _ended;

    /// <param name="surrogate">The surrogate on disk.</param>
    /// <param name="opened">A member of it, at its trained weights.</param>
    /// <param name="tolerance">How far weights may be from those stored, as a share of their length; 0: to the bit.</param>
    public ReplayVerifier(Surrogate surrogate, OpenedSurrogate opened, double tolerance)
    {
        (_opened, _tolerance) = (opened, tolerance);
        _last = surrogate.Training(opened.Number).History.Losses.Count;
        _unchecked = surrogate.Checkpoints(opened.Number).Where(checkpoint => checkpoint.Step < _last).ToDictionary(checkpoint => checkpoint.Step);
    }

    /// <summary>Compares, the first time that a step is reached of which something was stored.</summary>
    /// <param name="model">The model of the repeated training.</param>
    /// <param name="step">Steps taken.</param>
    /// <exception cref="BadInputException">The weights are others: says where first, how far, and what may be the cause.</exception>
    public void Check(LanguageModel model, int step)
    {
        if (step == _last && !_ended)
        {
            Compare(model, _opened.Model, step, $"those of surrogate {_opened.Name}");
            _ended = true;
        }
        else if (_unchecked.Remove(step, out var checkpoint))
        {
            using var stored = checkpoint.Load();
            Compare(model, stored, step, $"its checkpoint {Path.GetFileName(checkpoint.Directory)}");
        }
    }

    private void Compare(LanguageModel model, LanguageModel stored, int step, string whose)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var distance = model.Flat.sub(stored.Flat).to_type(ScalarType.Float64).norm().item<double>()
            / Math.Max(double.Epsilon, stored.Flat.to_type(ScalarType.Float64).norm().item<double>());
        if (!(distance <= _tolerance))
        {
            // Rounding grows on the way, but doesn't come to a hundredth of the weights' length in a training that learns.
            var cause = distance < .01
                ? "It was trained with another number of threads, on another machine or by another version. Repeat it as it was (--threads), distil it "
                    + string.Create(CultureInfo.InvariantCulture, $"again here, or let the replay differ with --replay-tolerance {Math.Min(.1, 2 * distance):G1}.")
                : "Its weights are of another training than its training.json tells of: distil it again.";
            throw new BadInputException(
                _opened.Directory,
                string.Create(CultureInfo.InvariantCulture, $"its training doesn't come out as it did: after step {step} of {_last} the weights differ from {whose} by {distance:G3} of their length"),
                remedy: cause);
        }
    }
}
