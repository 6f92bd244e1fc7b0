using System.Text.Json.Serialization;

namespace Tda.ProxyTrainer.Classifiers;

/// <summary>A classifier over fixed features: linear layers with biases, an activation between them. None hidden is logistic regression.</summary>
/// <param name="Features">F: width of a row of features, at least 1.</param>
/// <param name="Hidden">Widths of the hidden layers, each at least 1.</param>
/// <param name="Classes">C, at least 2.</param>
/// <param name="Activation">Between layers; default ReLU, which is not written, so that older banks' shapes stay the same.</param>
public sealed record ClassifierShape(
    int Features, IReadOnlyList<int> Hidden, int Classes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] ClassifierActivation Activation = ClassifierActivation.Relu)
{
    /// <summary>(inputs, outputs) of every layer.</summary>
    public IReadOnlyList<(int Inputs, int Outputs)> Layers => [.. new[] { Features }.Concat(Hidden).Zip(Hidden.Append(Classes))];

    /// <summary>Weights and biases of one model.</summary>
    public long Parameters => Layers.Sum(layer => (layer.Inputs + 1L) * layer.Outputs);

    /// <summary>The output of a hidden layer.</summary>
    public Tensor Activate(Tensor x) => Activation == ClassifierActivation.Tanh ? x.tanh() : x.relu();

    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate() => new OptionChecks()
        .AtLeast("features", Features, 1)
        .AtLeast("classes", Classes, 2)
        .Require(Hidden.All(width => width >= 1), $"hidden widths are {string.Join(", ", Hidden)}; each must be at least 1")
        .Throw("The classifier's");
}

/// <summary>What stands between a classifier's layers.</summary>
public enum ClassifierActivation
{
    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>tanh.</summary>
    Tanh,
}
