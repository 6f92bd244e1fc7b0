namespace Tda.Gateway.Spool;

/// <summary>How far a session's record has come.</summary>
/// <param name="Sequence">The last exchange's sequence number; 0 before the first.</param>
/// <param name="Link">The hash chain's link after it; null before the first.</param>
internal sealed record SpoolHead(long Sequence, byte[]? Link)
{
    /// <summary>The link in hex, as files and the store have it.</summary>
    public string? Chain => Sequence == 0 || Link is null ? null : Convert.ToHexStringLower(Link);
}
