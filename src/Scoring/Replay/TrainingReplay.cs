using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Replay;

/// <summary>
/// Metagradients by replaying a training backwards (Engstrom et al. 2025, 2503.13751, algorithm 1, REPLAY; MAGIC: Ilyas and Engstrom 2025,
/// 2504.16430): the derivative of losses after a deterministic training by the weight of every label token in it, exact up to rounding.
/// <list type="number">
/// <item>Forwards: the trainer's own steps, from the first weights; the states before some of them are kept.</item>
/// <item>Backwards: with λ the derivative by the state after step t, <c>λ_t = (∂state_{t+1}/∂state_t)ᵀ λ_{t+1}</c> by the optimiser's
/// <see cref="DifferentiableStep"/>, and through the gradient by <c>∇_θ ⟨λ_g, ∇L(θ_t)⟩</c>, a product with the batch's Hessian by differentiating
/// twice.</item>
/// <item>On the way <c>∂/∂u_j ⟨λ_g, ∇L(θ_t)⟩</c> for the factor u_j on each label token's loss, in the same backward pass.</item>
/// </list>
/// States that weren't kept are computed again from the nearest one before (<see cref="ReplaySchedule"/>).
/// </summary>
public sealed class TrainingReplay : IDisposable
{
    private const string SecondState = "exp_avg_sq";

    private readonly LanguageModel _model;
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly TrainingOptions _options;
    private readonly int _tracked;
    private readonly Func<int, string> _nameOf;
    private readonly TrainingSteps _steps;
    private readonly DifferentiableStep _step;
    private readonly Stack<Snapshot> _kept = [];
    private readonly int _branching;

    /// <param name="model">At its first weights, in float32 or float64; changed by every replayed step. Stays the caller's.</param>
    /// <param name="examples">What it is trained on.</param>
    /// <param name="options">How.</param>
    /// <param name="tracked">The first so many examples' tokens are differentiated by.</param>
    /// <param name="memory">Bytes that kept states may take; at least those that walking back can't do without are kept.</param>
    /// <param name="nameOf">Names an example in messages.</param>
    /// <exception cref="UsageException">Such a training can't be replayed: says why.</exception>
    public TrainingReplay(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options, int tracked, long memory = 1L << 30,
        Func<int, string>? nameOf = null)
    {
        options.Validate();
        Require(options, model.DType);
        (_model, _examples, _options, _tracked) = (model, examples, options, tracked);
        _nameOf = nameOf ?? (example => $"example {example}");
        _steps = new TrainingSteps(model, examples, options);
        var weights = FlatWeights.Of(model);
        _step = DifferentiableStep.Of(weights, options, _steps.Schedule);
        _branching = Branching(model, _steps.Count, memory);
        Keep(0);
    }

    /// <summary>Steps of the training.</summary>
    public int Steps => _steps.Count;

    /// <summary>Told after a step was taken, and how many were until then; the model is as it was there. A step may be taken several times.</summary>
    public Action<int>? Reached { get; init; }

    /// <summary>Names what of a training can't be replayed.</summary>
    /// <exception cref="UsageException">The optimiser isn't one of those that can be differentiated, weights are bfloat16, or it is a response network.</exception>
    public static void Require(TrainingOptions options, ScalarType numbers)
    {
        if (Refusal(options, numbers) is { } error)
        {
            throw error;
        }
    }

    /// <summary>The same as a value; null: such a training can be replayed.</summary>
    internal static UsageException? Refusal(TrainingOptions options, ScalarType numbers)
    {
        if (options.Response is not null)
        {
            return new("A response network was trained over a range of λ: there is no one training to replay.");
        }

        if (numbers == ScalarType.BFloat16)
        {
            return new("Training in bfloat16 rounds weights at every step, which has no derivative. Distil in float32: leave out --dtype.");
        }

        return options.Optimizer is OptimizerKind.AdamW or OptimizerKind.Muon or OptimizerKind.ScheduleFree
            ? null : DifferentiableStep.Unsupported(options.Optimizer);
    }

    /// <summary>Parts that a stretch of so many steps is cut into, with so many bytes for states.</summary>
    internal static int Branching(LanguageModel model, int steps, long memory) =>
        ReplaySchedule.Branching(steps, memory / (3 * model.Flat.numel() * model.Flat.element_size()));

    /// <summary>Takes all steps. The model is trained then.</summary>
    /// <param name="progress">Steps taken.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TdaException">A loss or gradient isn't finite: names step and example.</exception>
    public void Forward(Action<int>? progress = null, CancellationToken cancellation = default) => Take(Steps, toTheEnd: true, progress, cancellation);

    /// <summary>The derivatives of some losses after the training by the weight of every label token of the tracked examples.</summary>
    /// <param name="gradients">∂loss/∂θ of each, flat, at the trained weights.</param>
    public TokenDerivatives Backward(IReadOnlyList<Tensor> gradients)
    {
        using var adjoint = Start(gradients);
        Backward(adjoint);
        return adjoint.Tokens;
    }

    /// <summary>What is carried backwards for some losses, before the first step back.</summary>
    internal Adjoint Start(IReadOnlyList<Tensor> gradients) =>
        Adjoint.AtTheEnd(gradients, new TokenDerivatives(gradients.Count, _examples.Take(_tracked)), Steps);

    /// <summary>Walks back to the first step.</summary>
    /// <param name="adjoint">Where it is; changed by every step.</param>
    /// <param name="progress">Told after every step back.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TdaException">A derivative isn't finite: names step and example.</exception>
    internal void Backward(Adjoint adjoint, Action? progress = null, CancellationToken cancellation = default)
    {
        while (adjoint.Step > 0)
        {
            while (_kept.Peek().Step >= adjoint.Step)
            {
                _kept.Pop().Dispose();
            }

            while (_kept.Peek().Step < adjoint.Step - 1)
            {
                Take(adjoint.Step, toTheEnd: false, null, cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
            StepBack(_kept.Peek(), adjoint);
            progress?.Invoke();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_kept.TryPop(out var snapshot))
        {
            snapshot.Dispose();
        }

        _steps.Dispose();
    }

    // From the last kept state on; on the way states are kept that cut the stretch into parts. Steps after the last of them only where they are wanted.
    private void Take(int end, bool toTheEnd, Action<int>? progress, CancellationToken cancellation)
    {
        var from = _kept.Peek().Step;
        var stride = ReplaySchedule.Stride(end - from, _branching);
        var to = toTheEnd ? end : from + ((end - 1 - from) / stride * stride);
        Restore(_kept.Peek());
        for (var step = from; step < to; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                _steps.Take(step);
            }
            catch (DivergenceException error)
            {
                throw new TdaException($"{Culprit(step)} {error.Message}", error);
            }

            Reached?.Invoke(step + 1);
            if ((step + 1 - from) % stride == 0 && step + 1 < end)
            {
                Keep(step + 1);
            }

            progress?.Invoke(step + 1);
        }
    }

    private void StepBack(Snapshot at, Adjoint adjoint)
    {
        using var scope = NewDisposeScope();
        var step = at.Step;
        var (theta, first, second) = at.State;

        // 1. The batch's objective where its gradient was taken, as a graph that can be differentiated once more.
        using (no_grad())
        {
            _model.Flat.copy_(_step.Lead == 1 ? theta : theta.mul(_step.Lead).add(first, 1 - _step.Lead));
        }

        using var batch = BatchGradient.Of(_model, _examples, _steps.Plan[step], _options);

        // 2. The optimiser's step, as a graph of state and gradient.
        Tensor[] inputs = [.. at.State.All.Append(batch.Total).Select(tensor => tensor.detach().requires_grad_(true))];
        var outputs = _step.Take(new(inputs[0], inputs[1], inputs[2]), inputs[3], step).All;
        for (var t = 0; t < adjoint.Targets; t++)
        {
            // 3. From the state after the step to state and gradient before it, and from the gradient to weights and tokens.
            using var inner = NewDisposeScope();
            var last = t + 1 == adjoint.Targets;
            var lambda = Autograd.GradOrNull(outputs, inputs, adjoint[t].All, retainGraph: !last);
            Tensor Or0(int i) => lambda[i] ?? zeros_like(inputs[i]);
            var (product, tokens) = batch.Differentiate(Or0(3), last);
            using var none = no_grad();
            var earlier = new StepState(
                Or0(0).add(product, _step.Lead), _step.Lead == 1 ? Or0(1) : Or0(1).add(product, 1 - _step.Lead), Or0(2));
            Check(earlier, tokens, step);
            batch.AddTo(adjoint.Tokens, t, tokens);
            adjoint.Replace(t, earlier);
        }

        adjoint.StepBack();
    }

    private void Check(StepState state, double[][] tokens, int step)
    {
        if (!state.All.All(tensor => double.IsFinite(FlatGradient.Norm(tensor))) || !tokens.All(own => own.All(double.IsFinite)))
        {
            throw new TdaException(
                $"Step {step + 1} of {Steps}, walked back: {Culprit(step)} A derivative through it isn't finite. Lower the learning rate, clip the "
                + "gradient more or raise Adam's epsilon, and distil again.");
        }
    }

    /// <summary>Which of a step's examples has a loss or a gradient that isn't finite, at the model's weights as they are.</summary>
    private string Culprit(int step)
    {
        using var gradients = enable_grad();
        foreach (var row in _steps.Plan[step])
        {
            using var scope = NewDisposeScope();
            var (loss, gradient) = ShardedGradient.Of(_model, _examples, [row], _options);
            using var owned = gradient;
            if (!double.IsFinite(loss) || !double.IsFinite(FlatGradient.Norm(gradient)))
            {
                return $"The loss of {_nameOf(row)} or its gradient isn't finite at step {step + 1} of {Steps}.";
            }
        }

        return $"No single example of step {step + 1} of {Steps} is at fault: each has a finite gradient.";
    }

    private void Keep(int step)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var state = _steps.Optimizer.State;
        Tensor Copy(Tensor tensor) => tensor.clone().DetachFromDisposeScope();
        _kept.Push(new Snapshot(
            step, new(Copy(_model.Flat), Copy(state[_step.First]), Copy(state[SecondState])),
            _steps.Optimizer.Matrices.ToDictionary(pair => pair.Key, pair => Copy(pair.Value))));
    }

    private void Restore(Snapshot at)
    {
        using var none = no_grad();
        var state = _steps.Optimizer.State;
        _model.Flat.copy_(at.State.Weights);
        state[_step.First].copy_(at.State.First);
        state[SecondState].copy_(at.State.Second);
        foreach (var (name, tensor) in _steps.Optimizer.Matrices)
        {
            tensor.copy_(at.Matrices[name]);
        }

        _steps.Optimizer.Steps = at.Step;
    }

    /// <summary>The state before a step.</summary>
    private sealed record Snapshot(int Step, StepState State, IReadOnlyDictionary<string, Tensor> Matrices) : IDisposable
    {
        public void Dispose()
        {
            foreach (var tensor in State.All.Concat(Matrices.Values))
            {
                tensor.Dispose();
            }
        }
    }
}
