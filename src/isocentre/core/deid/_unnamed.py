"""Text attributes that PS3.15 Table E.1-1 does not name: what becomes of them, and why.

Made by scripts/make_unnamed.py from scripts/unnamed.yaml: 481 attributes in 31 groups. A group: name, what is
done, option of CID 7050 that decides (0: none), why, keywords.
"""

GROUPS: tuple[tuple[str, str, int, str, str], ...] = (
    (
        "Makers, models and software",
        "keep",
        0,
        "Results are corrected by scanner and software; it is the same for all that such a machine makes.",
        "Manufacturer ManufacturerModelName ManufacturerRelatedModelGroup ManufacturerModelVersion SoftwareVersions "
        "SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName "
        "SecondaryCaptureDeviceSoftwareVersions HardcopyDeviceManufacturer HardcopyDeviceManufacturerModelName "
        "HardcopyDeviceSoftwareVersion DetectorManufacturerName DetectorManufacturerModelName "
        "ReceiveCoilManufacturerName TransmitCoilManufacturerName ModifyingDeviceManufacturer ApplicationName "
        "ApplicationVersion ApplicationManufacturer IOLManufacturer SourceApplicatorManufacturer "
        "ApplicationSetupManufacturer SourceModelID ComponentManufacturer WedgeManufacturerName WedgeModelNumber",
    ),
    (
        "Kernels, filters, coils and how it was acquired",
        "keep",
        0,
        "How the image was made, as the machine says it from its own lists; quantities depend on it.",
        "ConvolutionKernel FilterType TypeOfFilters ImageFilter ReceiveCoilName TransmitCoilName "
        "MultiCoilConfiguration MultiCoilElementName PulseSequenceName ImagedNucleus CollimatorGridName "
        "GridAbsorbingMaterial GridSpacingMaterial PlateType PhosphorType DetectorMode DetectorDescription "
        "AcquisitionMode DoseModeName TriggerSourceOrType CardiacFramingType PVCRejection RespiratorySignalSourceID "
        "ASLTechniqueDescription ASLCrusherDescription ASLBolusCutoffTechnique ApplicableSafetyStandardDescription "
        "MetaboliteMapDescription ImageGeometryType PaddleDescription AcquisitionDeviceProcessingCode "
        "ProcessingFunction PostprocessingFunction OutputPower TransducerData VideoImageFormatAcquired "
        "DigitalImageFormatAcquired EnergyWindowName AttenuationCorrectionMethod ReconstructionMethod "
        "DetectorLinesOfResponseUsed ScatterCorrectionMethod ExposureControlModeDescription FieldOfViewDescription "
        "AlgorithmDescription TimeSource ImageType ViewPosition",
    ),
    (
        "Units, scales and tables of values",
        "keep",
        0,
        "What the numbers of a picture mean, from short lists.",
        "RescaleType ModalityLUTType LUTExplanation LUTLabel WindowCenterWidthExplanation PixelValueMappingExplanation "
        "HistogramExplanation MaskOperationExplanation LuminanceResponseDescription EXIFVersion BatteryLevel "
        "OECFColumnNames SpatialFrequencyResponseColumnNames SpectralSensitivity LensConstantDescription "
        "IOLFormulaDetail",
    ),
    (
        "Coding schemes",
        "keep",
        0,
        "A code without its scheme, version or value says nothing; the words beside it are another matter (code meaning).",
        "ExtendedCodeValue URNCodeValue CodingSchemeRegistry CodingSchemeExternalID CodingSchemeName "
        "MappingResourceName MIMETypeOfEncapsulatedDocument ListOfMIMETypes",
    ),
    (
        "Coded entries",
        "clean_or_keep",
        113105,
        "A published scheme's code says nothing of anybody; a hospital's own may. Which it is, the designator beside it says.",
        "CodeValue LongCodeValue CodingSchemeDesignator CodingSchemeVersion",
    ),
    (
        "Code meanings",
        "clean_or_keep",
        113105,
        "Every coded value must have one. Most are of a public list; those of a hospital's own list may say anything.",
        "CodeMeaning ExtendedCodeMeaning",
    ),
    (
        "Body part, sequence and segments",
        "clean_or_keep",
        113105,
        "What was scanned and what was drawn is found and read by it, and its IODs demand most of these; people type into them.",
        "BodyPartExamined SequenceName SegmentLabel SegmentDescription",
    ),
    (
        "Algorithms and reference data",
        "keep",
        0,
        "Which program made a result, from which data, written by the program.",
        "SegmentAlgorithmName AlgorithmName AlgorithmVersion AlgorithmParameters AlgorithmSource "
        "SurfaceProcessingDescription DataSetName DataSetVersion DataSetSource AssessmentSetID SelectorAttributeName "
        "SelectorAttributeKeyword ConceptualVolumeCombinationExpression DeviceAlternateIdentifierFormat",
    ),
    (
        "Dimensions, stacks and who reserved what",
        "keep",
        0,
        "Frames are put in order by it; names of makers, written by machines.",
        "StackID DimensionDescriptionLabel DimensionIndexPrivateCreator FunctionalGroupPrivateCreator "
        "PositionReferenceIndicator TargetPositionReferenceIndicator PrivateCreatorReference PrivateDataElementName "
        "PrivateDataElementKeyword PrivateDataElementEncoding SelectorSequencePointerPrivateCreator "
        "SelectorAttributePrivateCreator AttributeOccurrencePrivateCreator OpticalPathIdentifier "
        "ReferencedOpticalPathIdentifier FiducialIdentifier GraphicLayer ContentLabel FontName CSSFontName",
    ),
    (
        "Tracers, drugs and routes",
        "keep",
        0,
        "Uptake and contrast cannot be understood without them; they come from short lists.",
        "Radionuclide Radiopharmaceutical RadiopharmaceuticalRoute InterventionDrugName ContrastBolusRoute "
        "TherapyDescription",
    ),
    (
        "Parts of radiotherapy machines",
        "keep",
        0,
        "Which wedge, block or applicator modifies the beam; plans demand it, and dose depends on it.",
        "WedgeID BolusID MaterialID CompensatorID CompensatorTrayID BlockTrayID ApplicatorID SnoutID RangeShifterID "
        "LateralSpreadingDeviceID RangeModulatorID BeamCurrentModulationID PatientSupportID RangeShifterSetting "
        "LateralSpreadingDeviceSetting ScanSpotTuneID FluenceModeID SourceIsotopeName AfterloaderChannelID "
        "BrachyAccessoryDeviceID SourceApplicatorID ChannelShieldID GeneralAccessoryID FractionPattern "
        "ImagingDeviceSpecificAcquisitionParameters TreatmentTerminationCode TemplateType IntendedStartDayOfWeek",
    ),
    (
        "Species, breed and strain",
        "keep",
        0,
        "Of animals, from lists of breeders and laboratories; research with animals needs them.",
        "PatientSpeciesDescription PatientBreedDescription StrainDescription StrainNomenclature StrainStockNumber "
        "GeneticModificationsDescription GeneticModificationsNomenclature",
    ),
    (
        "Products and templates of implants",
        "keep",
        0,
        "The maker's catalogue, the same for everybody who has one; what tells one piece from another goes by the table.",
        "ImplantName ImplantPartNumber ImplantSize ImplantTemplateVersion ImplantAssemblyTemplateName "
        "ImplantAssemblyTemplateIssuer ImplantAssemblyTemplateVersion ImplantTemplateGroupName "
        "ImplantTemplateGroupIssuer ImplantTemplateGroupVersion ImplantTemplateGroupVariationDimensionName "
        "SurgicalTechnique HPGLDocumentLabel HPGLPenLabel HPGLPenDescription SurfaceModelLabel MatingFeatureSetLabel "
        "TextureLabel",
    ),
    (
        "Formats of the past and of testing materials",
        "keep",
        0,
        "How a picture was packed, and of what a test piece is made; from lists of the standard.",
        "RecognitionCode DataSetSubtype CompressionRecognitionCode TransformLabel TransformVersionNumber "
        "SequenceOfCompressedData DCTLabel CoefficientCoding OriginalImageIdentificationNomenclature CADFileFormat "
        "MaterialGrade MaterialPropertiesFileFormatRetired FilterMaterialUsedInGainCalibration "
        "LinearityCorrectionTechnique BeamHardeningCorrectionTechnique CouplingTechnique CouplingMedium "
        "ProcedureVersion ImageQualityIndicatorType ImageQualityIndicatorMaterial ImageQualityIndicatorSize "
        "WedgeMaterial ThreatDetectionAlgorithmAndVersion ImageDisplayFormat",
    ),
    (
        "Which machine it was",
        "device",
        113109,
        "Names and numbers that one hospital gave to one machine, as station name and serial number, which the table names.",
        "DeviceID GridID SecondaryCaptureDeviceID HardcopyCreationDeviceID RadiationMachineName "
        "SubstanceAdministrationDeviceID PatientSupportAccessoryCode DisplaySubsystemName PrinterName "
        "AuthorizationEquipmentCertificationNumber",
    ),
    (
        "Which institution it was",
        "institution",
        113112,
        "Who is responsible for a hospital's own codes, or gave a number, is the hospital.",
        "CodingSchemeResponsibleOrganization StrainSource LocalNamespaceEntityID UniversalEntityID",
    ),
    (
        "Protocols, views and frames",
        "clean",
        113105,
        "As free as the protocol and series names that the table lists; people type into them.",
        "AcquisitionProtocolName ReconstructionDescription ViewName StageName EventTimerNames FrameLabel "
        "FrameLabelVector DisplayWindowLabelVector FrameOfInterestDescription TargetLabel ImageID "
        "PartialViewDescription PixelSpacingCalibrationDescription ImageFilterDescription ProtocolElementName "
        "ProtocolElementCharacteristicsSummary ProtocolElementPurpose ReferenceLocationLabel "
        "ReferenceLocationDescription InstructionText InstructionDescription AcquisitionContextDescription "
        "InterventionDescription AnatomicPerspectiveDescriptionTrial "
        "AnatomicLocationOfExaminingInstrumentDescriptionTrial AnatomicStructure OpticalPathDescription "
        "ContainerComponentDescription SpecimenDescriptionTrial PerformedProcedureTypeDescription "
        "RequestedProcedureDescriptionTrial Reference ManipulatedImage CompressionOriginator CompressionLabel "
        "CompressionDescription NuclearMedicineSeriesType",
    ),
    (
        "Descriptions of findings and measurements",
        "clean",
        113105,
        "Somebody's own words about what was seen.",
        "TrackingID TrackSetLabel TrackSetDescription FiducialDescription RGBATransferFunctionDescription "
        "CompletionFlagDescription MeasurementPrecisionDescriptionTrial SequencingIndicatorTrial "
        "BibliographicCitationTrial IdentificationDescriptionTrial AlgorithmDescriptionTrial LensStatusDescription "
        "VitreousStatusDescription OphthalmicAxialLengthDataSourceDescription "
        "OphthalmicAxialLengthQualityMetricTypeDescription OphthalmicImageTypeDescription PatientReliabilityIndicator "
        "DataSetDescription LensDescription OptotypeDetailedDefinition AssessmentSummaryDescription "
        "ObservationDescription AssessmentLabel SpecificationSelectionGuidance ConstraintViolationCondition "
        "ChannelDerivationDescription PlanningLandmarkDescription InformationSummary ImplantTemplateGroupDescription "
        "StrainAdditionalInformation DocumentTitle ProductName ProductDescription ApprovalStatusFurtherDescription "
        "EffectiveDoseCalculationMethodDescription PrivateDataElementDescription",
    ),
    (
        "Labels and descriptions of radiotherapy",
        "clean",
        113105,
        "As free as the labels of plans and structures that the table lists; names of patients stand in them.",
        "RTImageLabel RTImageName RTImageDescription PositionAcquisitionTemplateID MeasuredDoseDescription "
        "CalculatedDoseReferenceDescription TreatmentProtocols ToleranceTableLabel BeamName WedgeName WedgeDescription "
        "BlockName ApplicatorDescription PatientSetupLabel PatientAdditionalPosition FixationDeviceLabel "
        "FixationDevicePosition ShieldingDeviceLabel ShieldingDevicePosition SetupDeviceLabel SetupDeviceDescription "
        "SetupReferenceDescription SourceDescription ApplicationSetupName TemplateName BrachyAccessoryDeviceName "
        "SourceApplicatorName ChannelShieldName RangeShifterDescription LateralSpreadingDeviceDescription "
        "RangeModulatorDescription GeneralAccessoryDescription TreatmentTerminationDescription "
        "TreatmentToleranceViolationIdentification SegmentationCreationTemplateLabel",
    ),
    (
        "Texts of reports",
        "clean",
        113104,
        "The table names only the sequences that hold it. With structured content cleaned it stays without who is in it.",
        "TextValue",
    ),
    (
        "Words drawn over a picture",
        "clean",
        113103,
        "The table names only the sequences that hold them. With graphics cleaned they stay without who is in them.",
        "UnformattedTextValue GraphicLayerDescription GraphicGroupLabel GraphicGroupDescription TickLabel",
    ),
    (
        "Labels of waveforms and of contents",
        "clean",
        113105,
        "As free as any description.",
        "MultiplexGroupLabel ChannelLabel ContentDescription",
    ),
    (
        "Layouts and displays",
        "clean",
        113105,
        "Of no image; named by who made them.",
        "HangingProtocolName HangingProtocolDescription ImageSetLabel DisplaySetLabel "
        "DisplaySetPresentationGroupDescription DisplaySubsystemDescription ConfigurationName ConfigurationDescription "
        "ConfigurationInformation ConfigurationInformationDescription AnnotationDisplayFormatID",
    ),
    (
        "Work and storage",
        "clean",
        113105,
        "Of steps of work and of stores of objects, not of an image; people type into them.",
        "InventoryPurpose InventoryInstanceDescription ProcedureStepProgressDescription WorklistLabel "
        "ProcedureStepLabel ProcedureStepRelationshipType ReasonForChannelOmissionDescription MediaDisposition "
        "RequestedMediaApplicationProfile RequestedProcedurePriority ReportingPriority",
    ),
    (
        "Testing of materials and luggage",
        "clean",
        113105,
        "Of things, in other trades' objects; as free as any description.",
        "ComponentReferenceSystem ComponentManufacturingProcedure MaterialPropertiesDescription DataElementName "
        "DataElementDescription ActualEnvironmentalConditions EnvironmentalConditions IndicationLabel "
        "IndicationDescription PropertyLabel CoordinateSystemAxisDescription TransformDescription SensorName "
        "DelayLawIdentifier CalibrationProcedure ScanProcedure ThreatCategoryDescription OOITypeDescriptor "
        "PTOLocationDescription",
    ),
    (
        "Orders and their numbers",
        "remove",
        0,
        "They lead to the patient in the hospital's systems, and say nothing of the image.",
        "PlacerOrderNumberProcedure FillerOrderNumberProcedure PlacerOrderNumberImagingServiceRequestRetired "
        "FillerOrderNumberImagingServiceRequestRetired ConfidentialityCode RouteOfAdmissions ResourceDescription "
        "PotentialReasonsForProcedure PotentialDiagnosticTasks",
    ),
    (
        "Comments and notes",
        "remove",
        0,
        "Anybody's words about this patient and this day; names, numbers and phones stand in them.",
        "CommentsOnTheScheduledProcedureStep DoseComment FrameOfReferenceTransformationComment TreatmentStatusComment "
        "SetupImageComment OverrideReason CommentsOnPatientPerformanceOfVisualField SurfaceComments CalculationComment "
        "InstructionPerformanceComment ProtocolPlanningInformation ProtocolDesignRationale TransactionStatusComment "
        "SystemStatusComment TestResultComment AssertionComments SubstanceAdministrationNotes ReportStatusCommentTrial "
        "ReasonForCancellation SOPAuthorizationComment MaterialNotes CalibrationNotes PulserNotes ReceiverNotes "
        "PreAmplifierNotes ProbeDriveNotes",
    ),
    (
        "Dates of birth and death in other calendars",
        "remove",
        0,
        "They are dates of birth and death, in a form that cannot be moved.",
        "PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar PatientAlternativeCalendar",
    ),
    (
        "People and how to reach them",
        "remove",
        0,
        "Somebody's name, or what belongs to one person.",
        "ContactDisplayName ContactURI HangingProtocolCreator HangingProtocolUserGroupName OwnerID DeletionLock "
        "BreedRegistrationNumber ComponentWelderIDs RepairID BoardingPassID RouteSegmentID RouteSegmentStartLocationID "
        "RouteSegmentEndLocationID AssignedLocation ItineraryID ItineraryIDType ItineraryIDAssigningAuthority RouteID "
        "RouteIDAssigningAuthority CarrierID FilmSessionLabel PrintJobID PrintQueueID SelectorUCValue SelectorCSValue",
    ),
    (
        "What is one of a kind",
        "remove",
        0,
        "Lots, packages and what was made for one patient lead to who has it.",
        "ProductPackageIdentifier ProductLotIdentifier AccessoryCode TrayAccessoryCode",
    ),
    (
        "Where it lies",
        "remove",
        0,
        "Addresses, documents and copies in the systems of a hospital.",
        "RetrieveURL RetrieveURI StorageURL StoredInstanceBaseURI FolderAccessURI FileAccessURI FilenameInContainer "
        "PixelDataProviderURL UniformResourceLocatorTrial HL7InstanceIdentifier ReferenceToRecordedSound "
        "NTPSourceAddress CodingSchemeURL StorageMediaFileSetID RelativeURIReferenceWithinEncapsulatedDocument "
        "SourceImageIDs ModifiedImageID",
    ),
)
