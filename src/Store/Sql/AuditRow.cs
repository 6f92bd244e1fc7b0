using Tda.Core.Exchanges;
namespace Tda.Store.Sql;

/// <summary>A row of <c>audit</c>.</summary>
internal sealed class AuditRow
{
    public long Number { get; init; }

    public long At { get; init; }

    public string Actor { get; init; } = "";

    public string Action { get; init; } = "";

    public string Subject { get; init; } = "";

    public string? Detail { get; init; }

    public AuditEntry ToEntry() => new()
    {
        Number = Number,
        At = ExchangeTime.FromMicroseconds(At),
        Actor = Actor,
        Action = Action,
        Subject = Subject,
        Detail = Detail,
    };
}
