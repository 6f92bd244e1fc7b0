using System.Text.Json.Nodes;

namespace Tda.Store.Exports;

/// <summary>How far an export has come: <c>FILE.part.state</c>, beside <c>FILE.part</c>, until it is finished.</summary>
internal sealed record ExportState
{
    public const string Suffix = ".state";

    /// <summary>The conditions, which a resumed run must share.</summary>
    public required JsonObject Filter { get; init; }

    /// <summary>The log it comes from.</summary>
    public required string Store { get; init; }

    /// <summary>The last place that belongs to it: what is recorded meanwhile does not.</summary>
    public required long Until { get; init; }

    /// <summary>The place of the last exchange written.</summary>
    public long? Place { get; init; }

    /// <summary>Bytes of the file that are done.</summary>
    public long Bytes { get; init; }

    /// <summary>Exchanges looked at: those written, and those of the other side of a split.</summary>
    public long Seen { get; init; }

    /// <summary>Exchanges written.</summary>
    public long Exchanges { get; init; }

    public long Redactions { get; init; }

    public string? FirstId { get; init; }

    public string? LastId { get; init; }

    /// <summary>The conditions of a filter without cursor and limit.</summary>
    public static JsonObject Describe(ExchangeFilter filter)
    {
        var described = (JsonObject)JsonSerializer.SerializeToNode(filter, JsonDefaults.Options)!;
        if (!filter.HasFeedback)
        {
            described.Remove("has_feedback");
        }

        described.Remove("oldest_first");
        return described;
    }

    /// <summary>The state that an interrupted run left, or null.</summary>
    /// <exception cref="UsageException">That run was another export.</exception>
    public static ExportState? Find(string part, JsonObject filter, string store)
    {
        ExportState? state;
        try
        {
            state = JsonSerializer.Deserialize<ExportState>(File.ReadAllBytes(part + Suffix), JsonDefaults.Options);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }

        if (state is null || !File.Exists(part) || new FileInfo(part).Length < state.Bytes)
        {
            return null;
        }

        return JsonNode.DeepEquals(state.Filter, filter) && state.Store == store
            ? state
            : throw new UsageException(
                $"{part} is of an unfinished export of {state.Store} with the filter {state.Filter.ToJsonString(JsonDefaults.Options)}: "
                + $"give the same, or remove it and {Path.GetFileName(part)}{Suffix}");
    }

    public void Save(string part) =>
        AtomicFile.Write(part + Suffix, stream => JsonSerializer.Serialize(stream, this, JsonDefaults.Options));
}
