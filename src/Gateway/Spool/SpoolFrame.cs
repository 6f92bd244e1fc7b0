namespace Tda.Gateway.Spool;

/// <summary>A frame as read; the payload is valid until the next read.</summary>
internal readonly record struct SpoolFrame(FrameType Type, long Number, ReadOnlyMemory<byte> Payload);
