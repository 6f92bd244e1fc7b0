using Tda.Core.Exchanges;
namespace Tda.Store.Sql;

/// <summary>The columns of a listing.</summary>
internal sealed class SummaryRow
{
    public long Place { get; init; }

    public string Id { get; init; } = "";

    public long StartedAt { get; init; }

    public string Route { get; init; } = "";

    public int? Status { get; init; }

    public string State { get; init; } = "";

    public bool Streamed { get; init; }

    public string? Model { get; init; }

    public string? PromptPreview { get; init; }

    public string? ResponsePreview { get; init; }

    public long? TotalTokens { get; init; }

    public double? FirstTokenMs { get; init; }

    public double TotalMs { get; init; }

    public bool HasParseError { get; init; }

    public ExchangeSummary ToSummary() => new()
    {
        Cursor = new(Place),
        Id = Id,
        StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
        Route = Route,
        Status = Status,
        State = ExchangeRow.StateOf(State, Id),
        Streamed = Streamed,
        Model = Model,
        PromptPreview = PromptPreview,
        ResponsePreview = ResponsePreview,
        TotalTokens = TotalTokens,
        FirstTokenMs = FirstTokenMs,
        TotalMs = TotalMs,
        HasParseError = HasParseError,
    };
}
