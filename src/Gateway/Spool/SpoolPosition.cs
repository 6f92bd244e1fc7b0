namespace Tda.Gateway.Spool;

/// <summary>A place in a session's spool.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Bytes from its beginning.</param>
internal readonly record struct SpoolPosition(long Segment, long Offset);
