namespace Tda.Core.Exchanges;

/// <summary>What models' tokens cost, from a file: <c>{"currency": "USD", "models": {"gpt-4o*": {"input": 2.5, "output": 10}}}</c>, a million tokens each.</summary>
public sealed class PriceList
{
    /// <summary>The file's name in the home, where no other is named.</summary>
    public const string FileName = "prices.json";

    private const decimal Million = 1_000_000;

    private readonly ModelPatterns<ModelPrice> _prices;

    private PriceList(string currency, ModelPatterns<ModelPrice> prices)
    {
        Currency = currency;
        _prices = prices;
    }

    /// <summary>What prices are in, e.g. <c>USD</c>.</summary>
    public string Currency { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="BadInputException">It can't be read, or isn't such a list.</exception>
    public static PriceList Read(string path)
    {
        var file = JsonFile.Read<PriceFile>(path, Remedy);
        var wrong = file.Models.FirstOrDefault(price => price.Key.Length == 0 || price.Value is not { Input: >= 0, Output: >= 0 });
        return wrong.Key is null
            ? new(file.Currency, new(file.Models.Select(price => (price.Key, price.Value))))
            : throw new BadInputException(path, $"the price of '{wrong.Key}' must have input and output, 0 or more", remedy: Remedy);
    }

    /// <summary>What an exchange's tokens cost; null where the model has no price, or nobody counted the tokens.</summary>
    public decimal? Cost(string? model, long? promptTokens, long? completionTokens) =>
        model is null || (promptTokens is null && completionTokens is null) || _prices.Find(model) is not { } price
            ? null
            : ((price.Input * Math.Max(0, promptTokens ?? 0)) + (price.Output * Math.Max(0, completionTokens ?? 0))) / Million;

    private const string Remedy = """Write {"currency": "USD", "models": {"gpt-4o*": {"input": 2.5, "output": 10}}}, prices of a million tokens.""";

    private sealed record PriceFile
    {
        public string Currency { get; init; } = "USD";

        public required IReadOnlyDictionary<string, ModelPrice> Models { get; init; }
    }
}

/// <summary>The price of a million tokens.</summary>
public sealed record ModelPrice
{
    /// <summary>Of prompts.</summary>
    public required decimal Input { get; init; }

    /// <summary>Of completions.</summary>
    public required decimal Output { get; init; }
}
