using Tda.Core.Exchanges;
namespace Tda.Store.Sql;

/// <summary>A row of <c>tombstones</c>.</summary>
internal sealed class TombstoneRow
{
    public string Id { get; init; } = "";

    public string? SessionId { get; init; }

    public long? Sequence { get; init; }

    public string? Digest { get; init; }

    public long ErasedAt { get; init; }

    public string Reason { get; init; } = "";

    public string? ErasedBy { get; init; }

    public static TombstoneRow From(Tombstone t) => new()
    {
        Id = t.Id,
        SessionId = t.SessionId,
        Sequence = t.Sequence,
        Digest = t.Digest,
        ErasedAt = ExchangeTime.ToMicroseconds(t.ErasedAt),
        Reason = StoredText.Of(t.Reason)!,
        ErasedBy = StoredText.Of(t.By),
    };

    public Tombstone ToTombstone() => new()
    {
        Id = Id,
        SessionId = SessionId,
        Sequence = Sequence,
        Digest = Digest,
        ErasedAt = ExchangeTime.FromMicroseconds(ErasedAt),
        Reason = Reason,
        By = ErasedBy,
    };
}
