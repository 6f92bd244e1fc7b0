namespace Tda.Cli;

/// <summary>The shape of a model that a verb trains from fresh weights: the same options wherever there is one, with defaults of its own.</summary>
internal sealed class ShapeOptions(int vocabulary, int width, int layers, int heads, int context)
{
    public Option<int> Vocabulary { get; } = CliOption.Default("--vocabulary", "V", "Most tokens of its tokenizer", vocabulary).Within(260, 1_000_000);

    public Option<int> Width { get; } = CliOption.Default("--width", "D", "Width of the residual stream", width).AtLeast(1);

    public Option<int> Layers { get; } = CliOption.Default("--layers", "N", "Blocks", layers).AtLeast(1);

    public Option<int> Heads { get; } = CliOption.Default("--heads", "N", "Attention heads", heads).AtLeast(1);

    public Option<int> Context { get; } = CliOption.Default("--context", "T", "Context, in tokens", context).AtLeast(2);

    public Option[] All => [Vocabulary, Width, Layers, Heads, Context];
}
