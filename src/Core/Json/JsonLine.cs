namespace Tda.Core.Json;

/// <summary>A value read from a JSON Lines file and where it stood.</summary>
/// <param name="Value">The value.</param>
/// <param name="Number">Line number, from 1.</param>
/// <param name="Offset">Byte offset of the line's start, in the decompressed data of a gzip file.</param>
public readonly record struct JsonLine<T>(T Value, long Number, long Offset);
