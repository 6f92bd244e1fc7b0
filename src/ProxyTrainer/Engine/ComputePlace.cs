namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Where models are put, in which numbers, and how frugally they are differentiated: said once by a verb (<c>--device</c>, <c>--dtype</c>,
/// <c>--recompute</c>) and followed by every model that is created or loaded afterwards, unless its caller says otherwise. It flows with the
/// execution context: what one caller chooses reaches what it calls, and the threads that it starts, and nobody else.
/// </summary>
/// <param name="Device">Where weights live.</param>
/// <param name="DType">What weights and activations are: float32 or bfloat16.</param>
/// <param name="Recompute">See <see cref="Models.LanguageModel.Recompute"/>.</param>
public sealed record ComputePlace(Device Device, ScalarType DType, bool Recompute)
{
    private static readonly AsyncLocal<ComputePlace?> Chosen = new();

    /// <summary>What was chosen; without a choice float32 on the CPU.</summary>
    public static ComputePlace Current => Chosen.Value ?? new ComputePlace(CPU, ScalarType.Float32, false);

    /// <summary>The numbers by the name that configuration files give them: float32, bfloat16.</summary>
    public string NumbersName => NameOf(DType);

    /// <summary>Chooses for what the caller does from here on.</summary>
    public static void Use(ComputePlace place) => Chosen.Value = place;

    /// <summary>A type's name as <c>config.json</c> has it.</summary>
    public static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "float32",
        ScalarType.Float64 => "float64",
        ScalarType.BFloat16 => "bfloat16",
        ScalarType.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of weights"),
    };
}

/// <summary>What models compute in.</summary>
public enum ModelNumbers
{
    /// <summary>Four bytes a weight.</summary>
    Float32,

    /// <summary>
    /// Two bytes a weight, with float32's range and three significant digits. Losses, softmax, norms, sums over batches and everything that is
    /// decomposed or solved stay float32 or float64, and training keeps float32 weights beside.
    /// </summary>
    Bfloat16,
}
