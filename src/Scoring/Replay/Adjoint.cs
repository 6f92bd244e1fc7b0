using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Replay;

/// <summary>
/// What a replay carries backwards for some targets: how each target's loss after the training depends on the state after <see cref="Step"/> steps,
/// and what was found on the way, its derivatives by label tokens' weights. Owns its tensors.
/// </summary>
internal sealed class Adjoint : IDisposable
{
    private const string StepKey = "step";
    private const string TokensKey = "tokens";
    private static readonly string[] Parts = ["weights", "first", "second"];

    private readonly StepState[] _states;

    private Adjoint(StepState[] states, TokenDerivatives tokens, int step) => (_states, Tokens, Step) = (states, tokens, step);

    /// <summary>Targets.</summary>
    public int Targets => _states.Length;

    /// <summary>Steps that haven't been walked back through yet.</summary>
    public int Step { get; private set; }

    /// <summary>∂loss/∂weight of every label token, of the steps walked back through.</summary>
    public TokenDerivatives Tokens { get; }

    /// <summary>∂loss/∂θ, ∂loss/∂a and ∂loss/∂v of a target after <see cref="Step"/> steps.</summary>
    public StepState this[int target] => _states[target];

    /// <summary>At the end of a training.</summary>
    /// <param name="gradients">∂loss/∂θ of each target there, flat; they are copied.</param>
    /// <param name="tokens">All zero.</param>
    /// <param name="steps">Steps of the training.</param>
    public static Adjoint AtTheEnd(IReadOnlyList<Tensor> gradients, TokenDerivatives tokens, int steps)
    {
        using var none = no_grad();
        return new(
            [.. gradients.Select(g => new StepState(Own(g.clone()), Own(zeros_like(g)), Own(zeros_like(g))))], tokens, steps);
    }

    /// <summary>Replaces a target's derivatives by those one step earlier.</summary>
    public void Replace(int target, StepState earlier)
    {
        foreach (var (old, tensor) in _states[target].All.Zip(earlier.All))
        {
            Own(tensor);
            old.Dispose();
        }

        _states[target] = earlier;
    }

    /// <summary>All targets' derivatives are those before a step now.</summary>
    public void StepBack() => Step--;

    /// <summary>Writes it.</summary>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        var all = _states.SelectMany((state, t) => state.All.Select((tensor, p) => (Name: $"{t}.{Parts[p]}", tensor))).ToDictionary(x => x.Name, x => x.tensor);
        all[StepKey] = tensor(new[] { (long)Step });
        for (var t = 0; t < Targets; t++)
        {
            all[$"{t}.{TokensKey}"] = tensor(Tokens.Of(t));
        }

        TensorFiles.Save(path, all);
    }

    /// <summary>Goes back to what <see cref="Save"/> wrote of the same targets.</summary>
    /// <exception cref="BadInputException">The file is damaged or of other targets.</exception>
    public void Restore(string path)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var all = TensorFiles.Load(path);
        Tensor Stored(string name, Tensor like) => all.GetValueOrDefault(name) is { } found && found.shape.SequenceEqual(like.shape)
            ? found
            : throw new BadInputException(path, $"tensor \"{name}\" is missing or has another shape", remedy: "Remove its folder to start anew.");
        for (var t = 0; t < Targets; t++)
        {
            foreach (var (part, state) in Parts.Zip(_states[t].All))
            {
                state.copy_(Stored($"{t}.{part}", state));
            }

            var tokens = Tokens.Of(t);
            Stored($"{t}.{TokensKey}", zeros(tokens.Length)).data<double>().ToArray().CopyTo(tokens, 0);
        }

        Step = (int)Stored(StepKey, zeros(1)).item<long>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _states.SelectMany(state => state.All))
        {
            tensor.Dispose();
        }
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}

/// <summary>
/// Derivatives of targets' losses by the weights of label tokens, in nats per unit of weight. A weight multiplies the token's loss in the sum that
/// a batch's objective is a mean of; what that sum is divided by, the batch's number of label tokens, stays. A document's weight multiplies all of
/// its tokens' losses, in all rows and passes, so that its derivative is their sum.
/// </summary>
public sealed class TokenDerivatives
{
    private readonly int[] _first; // of each example, and one past the last
    private readonly double[][] _values;

    /// <param name="targets">Targets.</param>
    /// <param name="examples">The examples whose tokens are told apart, the first ones of a training.</param>
    public TokenDerivatives(int targets, IEnumerable<TrainingExample> examples)
    {
        var first = new List<int> { 0 };
        foreach (var example in examples)
        {
            first.Add(first[^1] + example.LabelCount);
        }

        _first = [.. first];
        _values = [.. Enumerable.Range(0, targets).Select(_ => new double[_first[^1]])];
    }

    /// <summary>Targets.</summary>
    public int Targets => _values.Length;

    /// <summary>How many examples' tokens are told apart.</summary>
    public int Examples => _first.Length - 1;

    /// <summary>Of all label tokens, example by example.</summary>
    public double[] Of(int target) => _values[target];

    /// <summary>Of an example's label tokens, in order.</summary>
    public Span<double> Of(int target, int example) => _values[target].AsSpan(_first[example], _first[example + 1] - _first[example]);

    /// <summary>Of an example's weight: the sum over its label tokens.</summary>
    public double Sum(int target, int example)
    {
        var sum = 0.0;
        foreach (var value in Of(target, example))
        {
            sum += value;
        }

        return sum;
    }
}
