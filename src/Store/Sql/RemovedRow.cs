namespace Tda.Store.Sql;

/// <summary>What must be known of an exchange to remove it with all that hangs on it.</summary>
internal sealed class RemovedRow
{
    public long Place { get; init; }

    public string Id { get; init; } = "";

    public string? SessionId { get; init; }

    public long? Sequence { get; init; }

    public string? Chain { get; init; }

    public string Tags { get; init; } = "{}";

    public byte[]? RequestBlob { get; init; }

    public byte[]? ResponseBlob { get; init; }
}
