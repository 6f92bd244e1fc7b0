namespace Tda.ProxyTrainer.Models;

/// <summary>
/// The gates of a response network (MR-VAE, 2212.03905): every linear layer's pre-activations are scaled by
/// <c>g(η) = 2σ(4(w·η + b))</c>, an element each, with η a trade-off parameter on a standardised logarithmic scale. One training over many
/// η then gives the model of each.
/// </summary>
/// <remarks>
/// The paper scales by σ alone. Twice as much, with w = b = 0, is 1 whatever η is: a model that gets gates computes what it did before.
/// Four times as steep, w and b learn at four times the rate of weights: their numbers are of order one, a weight's are of order .02.
/// A gate multiplies a row of the weight and its bias, so it folds into them: <c>W' = diag(g) W</c>, and so does its bias.
/// </remarks>
internal sealed class ResponseGates
{
    /// <summary>How much faster than other vectors the gates learn.</summary>
    private const double Steepness = 4;

    private const string Slope = ".gate_slope";
    private const string Offset = ".gate_offset";
    private readonly (Tensor Slope, Tensor Offset)[] _layers;

    /// <param name="model">A model whose configuration has gates.</param>
    public ResponseGates(LanguageModel model)
    {
        var byName = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor, StringComparer.Ordinal);
        _layers = [.. model.TrackedLinears.Select(linear => (byName[linear.Name + Slope], byName[linear.Name + Offset]))];
    }

    /// <summary>The gates' parameters: w and b of every linear layer, (out) each. Vectors, so AdamW trains them without decay.</summary>
    public static IEnumerable<ParameterSpec> Layout(IEnumerable<ParameterSpec> specs) => specs.Where(spec => spec.IsBlockMatrix).SelectMany(spec =>
    {
        var name = spec.Layer;
        return (ParameterSpec[])[new(name + Slope, [spec.Shape[0]], ParameterInit.Zero), new(name + Offset, [spec.Shape[0]], ParameterInit.Zero)];
    });

    /// <summary>Whether a parameter is a gate's.</summary>
    public static bool IsGate(string name) => name.EndsWith(Slope, StringComparison.Ordinal) || name.EndsWith(Offset, StringComparison.Ordinal);

    /// <summary>The same model with gates, which are all 1.</summary>
    public static LanguageModel Attach(LanguageModel plain)
    {
        var gated = LanguageModel.Allocate(plain.Config with { ResponseGates = true }, plain.Device, plain.DType);
        Copy(plain, gated);
        return gated;
    }

    /// <summary>The model at one η: its gates folded into weights and biases.</summary>
    public static LanguageModel Fold(LanguageModel gated, double eta)
    {
        var plain = LanguageModel.Allocate(gated.Config with { ResponseGates = false }, gated.Device, gated.DType);
        Copy(gated, plain);
        var gates = new ResponseGates(gated);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        for (var layer = 0; layer < plain.TrackedLinears.Count; layer++)
        {
            plain.TrackedLinears[layer].ScaleOutputs(Gate(gates._layers[layer].Slope, gates._layers[layer].Offset, eta));
        }

        return plain;
    }

    /// <summary>Makes a plain model at one η that of another: each row by the ratio of its gates.</summary>
    /// <param name="plain">Changed in place.</param>
    /// <param name="gates">By name, as <see cref="Named"/> gives them.</param>
    /// <param name="from">η that is folded in.</param>
    /// <param name="to">η that is wanted.</param>
    public static void Move(LanguageModel plain, IReadOnlyDictionary<string, Tensor> gates, double from, double to)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        foreach (var linear in plain.TrackedLinears)
        {
            Tensor Of(string part) => gates[linear.Name + part].to(plain.DType, plain.Device);
            var (slope, offset) = (Of(Slope), Of(Offset));
            linear.ScaleOutputs(Gate(slope, offset, to).div(Gate(slope, offset, from)));
        }
    }

    /// <summary>A gated model's gates by name.</summary>
    public static Dictionary<string, Tensor> Named(LanguageModel gated) =>
        gated.Parameters.Where(parameter => IsGate(parameter.Name)).ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor);

    /// <summary>The names and widths that the gates of a plain model would have.</summary>
    public static Dictionary<string, long> NamesFor(LanguageModel plain) =>
        Layout(ParameterLayout.Of(plain.Config)).ToDictionary(spec => spec.Name, spec => spec.Count);

    /// <summary>A layer's output, (B · T, out), times its gates, (B, 1, out), of every row's η, (B).</summary>
    public Tensor Scale(int layer, Tensor output, ForwardPass pass)
    {
        var (slope, offset) = _layers[layer];
        var gate = Gate(addcmul(offset, pass.Response!.unsqueeze(1), slope, 1)); // (B, out)
        return output.view(pass.Batch, pass.Time, -1).mul(gate.unsqueeze(1)).view(output.shape);
    }

    private static void Copy(LanguageModel from, LanguageModel to)
    {
        var source = from.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor, StringComparer.Ordinal);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        foreach (var parameter in to.Parameters.Where(parameter => source.ContainsKey(parameter.Name)))
        {
            parameter.Tensor.copy_(source[parameter.Name]);
        }
    }

    private static Tensor Gate(Tensor linear) => linear.mul(Steepness).sigmoid().mul(2);

    private static Tensor Gate(Tensor slope, Tensor offset, double eta) => Gate(slope.mul(eta).add(offset));
}
