namespace Tda.Gateway.Spool;

/// <summary>What a frame of the spool holds. The numbers stand in files: never change one.</summary>
internal enum FrameType : byte
{
    /// <summary>A settled exchange with both bodies.</summary>
    Exchange = 1,

    /// <summary>An exchange still under way, as far as it had come.</summary>
    Open = 2,

    /// <summary>More of the response of an exchange under way.</summary>
    Piece = 3,

    /// <summary>The session with its counters.</summary>
    Session = 4,
}
