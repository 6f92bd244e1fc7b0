namespace Tda.Store.Sql;

/// <summary>Where an exchange stands and how many bytes its bodies have.</summary>
internal sealed class PlaceRow
{
    public long Place { get; init; }

    public string? SessionId { get; init; }

    public long? Sequence { get; init; }

    public long Kept { get; init; }
}
